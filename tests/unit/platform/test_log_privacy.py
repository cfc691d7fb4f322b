"""Whatever a library logs, at whatever level, nothing of it gets into a record."""

import io
import logging
import os
import subprocess
import sys
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from tests.unit.platform.events import http_event
from trading.platform.errors import Unavailable
from trading.platform.http import http_api
from trading.platform.log_privacy import TALKATIVE, FunctionFailed, without_exception_texts

CANARY = "canary-7351"


@pytest.fixture
def lines() -> io.StringIO:
    return io.StringIO()


def log_of(name: str, lines: io.StringIO) -> logging.Logger:
    made = logging.getLogger(name)
    handler = logging.StreamHandler(lines)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s %(exc_text)s %(stack_info)s"))
    made.handlers, made.propagate = [handler], False
    made.setLevel(logging.DEBUG)
    return made


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL])
@pytest.mark.parametrize("name", ["botocore.endpoint", "urllib3.connectionpool", "stripe", "plaid.rest", "anything"])
def test_a_record_says_where_it_was_written_and_nothing_else(lines: io.StringIO, name: str, level: int) -> None:
    log = log_of(f"test.{name}", lines)

    log.log(level, "sent %s", {"body": CANARY})
    log.log(level, CANARY, stack_info=True)
    log.log(level, "failed", exc_info=ValueError(CANARY))

    assert CANARY not in lines.getvalue()
    assert lines.getvalue().count("test_log_privacy:") == 3
    assert "ValueError" in lines.getvalue()


def test_no_variable_has_the_edge_print_what_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_DEV", "true")
    app = http_api()

    @app.get("/x")
    def x() -> dict[str, str]:
        return {}

    assert isinstance(app, APIGatewayHttpResolver)
    app.lambda_handler(http_event("GET", "/x", headers={"authorization": CANARY}), None)

    assert CANARY not in "".join(capsys.readouterr())


def test_libraries_are_loaded_without_the_variables_that_make_them_print() -> None:
    code = """
import trading.partners.stripe.client, os, stripe
print(stripe._util._console_log_level(), dict(os.environ))
"""
    printed = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        env={**os.environ, **dict.fromkeys(TALKATIVE, "debug"), "POWERTOOLS_DEV": "1", "POWERTOOLS_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.startswith("None ")
    assert not [name for name in TALKATIVE if name in printed]


def failing(error: Exception) -> Any:
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        raise error

    return without_exception_texts(handler)


def test_an_unexpected_exception_leaves_a_function_by_its_class_alone() -> None:
    with pytest.raises(FunctionFailed) as raised:
        failing(ValueError(CANARY))({}, None)

    assert str(raised.value) == "ValueError"
    assert raised.value.__suppress_context__


def test_an_error_of_ours_leaves_it_as_it_is() -> None:
    with pytest.raises(Unavailable):
        failing(Unavailable("later"))({}, None)
