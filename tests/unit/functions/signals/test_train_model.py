"""The handler that trains models, with the real client and a provider on loopback."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from infra.catalogue import FUNCTIONS
from tests.support import rights
from tests.support.calls import handler_of
from tests.support.models import SATURDAY
from tests.support.panels import random_panel
from tests.support.provider_server import provider_server
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import rfc3339
from trading.platform.settings import settings
from trading.signals.features import FEATURES, SCHEMA
from trading.signals.model.bucket import BucketArtefacts
from trading.signals.model.serving import ModelReader
from trading.signals.model.store import DynamoModelRegister
from trading.signals.models import BASELINE_MODEL, Source
from trading.signals.read_wiring import assessment_service

NASDAQ = Exchange.NASDAQ
SYMBOLS = ("S000", "S001", "S002", "S003")
SESSIONS = 900
ROW = next(row for row in FUNCTIONS if row.name == "train_model")


def bars(sessions: int) -> dict[str, list[dict[str, Any]]]:
    """Return bars of symbols that walk at random, up to the Friday before."""
    panel = random_panel(sessions, len(SYMBOLS), before=SATURDAY.date())
    parts = (panel.open, panel.high, panel.low, panel.close, panel.volume)
    return {
        symbol: [
            {"t": f"{day}T05:00:00Z", **dict(zip("ohlcv", (float(part[at, place]) for part in parts), strict=True))}
            for at, day in enumerate(panel.days.tolist())
        ]
        for place, symbol in enumerate(panel.symbols)
    }


class Provider(BaseHTTPRequestHandler):
    """Answers with bars of the symbols that are asked for, or refuses."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)["symbols"][0].split(",")
        self.send_response(403 if self.server.refuses else 200)  # type: ignore[attr-defined]
        self.end_headers()
        found = {symbol: rows for symbol, rows in self.server.bars.items() if symbol in asked}  # type: ignore[attr-defined]
        self.wfile.write(json.dumps({"bars": found, "next_page_token": None}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """Run a provider that covers NASDAQ, and name it in the environment."""
    del aws
    with provider_server(monkeypatch, Provider, exchanges="NASDAQ", refuses=False, bars=bars(SESSIONS)) as server:
        for symbol in SYMBOLS:
            DynamoInstrumentStore().save(Instrument(symbol, NASDAQ))
        yield server


def run(weeks: int = 0) -> Any:
    event = {"scheduled_at": rfc3339(SATURDAY + timedelta(weeks=weeks))}
    with rights.only_granted(ROW):
        return handler_of("train_model").lambda_handler(event, None)


def failures(printed: str) -> int:
    return sum('"TrainingsFailed"' in line for line in printed.splitlines())


@pytest.mark.usefixtures("provider")
def test_a_training_publishes_a_model_that_is_judged_and_can_be_read() -> None:
    result = run()

    version = result["trained"]["NASDAQ"]["version"]
    assert result["trained"]["NASDAQ"] == {"version": version, "published": "published", "verdict": "no_edge"}
    reader = ModelReader(DynamoModelRegister(), BucketArtefacts())
    assert reader.load(NASDAQ, schema=SCHEMA, features=FEATURES).version == version
    for strategy, model in ((Source.MODEL, version), (Source.BASELINE, BASELINE_MODEL)):
        found = assessment_service().of(NASDAQ, strategy, model)
        assert found.figures is not None
        assert found.judgement.because
    assert run() == {"status": "duplicate"}


def test_a_provider_that_is_away_is_asked_again_for_an_hour_and_the_last_model_stays(
    provider: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run()
    before = DynamoModelRegister().pointer(NASDAQ)
    provider.refuses = True  # type: ignore[attr-defined]

    assert run(weeks=1) == {"status": "done", "trained": {}, "failed": "market_data"}

    assert DynamoModelRegister().pointer(NASDAQ) == before
    assert failures(capsys.readouterr().out) == 1


def test_too_few_bars_end_the_training_with_an_alarm_and_the_last_model_stays(
    provider: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run()
    before = DynamoModelRegister().pointer(NASDAQ)
    provider.bars = bars(100)  # type: ignore[attr-defined]

    assert run(weeks=1) == {"status": "done", "trained": {"NASDAQ": {"failed": "too_few_samples"}}}

    assert DynamoModelRegister().pointer(NASDAQ) == before
    assert failures(capsys.readouterr().out) == 1


def test_an_exchange_without_instruments_has_nothing_to_train_and_nobody_is_called(
    provider: HTTPServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del provider
    monkeypatch.setenv("MARKET_DATA_EXCHANGES", "NYSE")
    settings.cache_clear()

    assert run()["trained"] == {"NYSE": {"failed": "nothing_listed"}}

    assert failures(capsys.readouterr().out) == 0


def test_what_is_due_now_waits_for_a_provider_that_is_away(
    provider: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.refuses = True  # type: ignore[attr-defined]
    monkeypatch.setenv("CLOCK_PARAMETER", "/train/clock")
    moment = json.dumps({"moment": rfc3339(SATURDAY + timedelta(minutes=59)), "running_since": None})
    boto3.client("ssm").put_parameter(Name="/train/clock", Value=moment, Type="String")
    settings.cache_clear()

    assert run() == {"status": "waiting"}
