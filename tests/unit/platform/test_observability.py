import io
import json

import pytest
from aws_lambda_powertools import Logger

from trading.platform.observability import AllowListFormatter, count

CANARY = "canary-7351"


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(output: io.StringIO, request: pytest.FixtureRequest) -> Logger:
    return Logger(service=f"tiller.{request.node.name}", stream=output, logger_formatter=AllowListFormatter())


def test_named_safe_fields_get_out(log: Logger, output: io.StringIO) -> None:
    log.set_correlation_id("run-1")

    log.info("run finished", job="plan", count=3, portfolio_id=7)

    line = json.loads(output.getvalue())
    assert (line["message"], line["job"], line["count"], line["portfolio_id"]) == ("run finished", "plan", 3, 7)
    assert (line["level"], line["correlation_id"]) == ("INFO", "run-1")


@pytest.mark.parametrize("name", ["event", "body", "token", "email", "response", "exception", "stack_trace"])
def test_no_other_field_gets_out(log: Logger, output: io.StringIO, name: str) -> None:
    log.info("done", extra={name: CANARY})

    assert CANARY not in output.getvalue()


def test_fields_that_were_appended_are_judged_too(log: Logger, output: io.StringIO) -> None:
    log.append_keys(authorization=CANARY)

    log.warning("done")

    assert CANARY not in output.getvalue()


def test_neither_an_exceptions_text_nor_its_trace_gets_out(log: Logger, output: io.StringIO) -> None:
    log.error("failed", exc_info=RuntimeError(CANARY), exception_name="RuntimeError")

    assert CANARY not in output.getvalue()
    assert json.loads(output.getvalue())["exception_name"] == "RuntimeError"


def test_a_metric_is_one_line_that_cloudwatch_reads(capsys: pytest.CaptureFixture[str]) -> None:
    count("DomainEvents", 2, {"type": "position_closed"})
    count("Alarms")

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["DomainEvents"], first["type"]) == ([2.0], "position_closed")
    assert first["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Tiller"
    assert second["Alarms"] == [1.0]
    assert "type" not in second
