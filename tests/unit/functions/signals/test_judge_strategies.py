"""The handler that judges strategies nightly, with the real client and a provider on loopback."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.support.calls import handler_of
from tests.support.provider_server import provider_server
from tests.unit.signals.test_gate import PROVEN
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.signals.live_store import DynamoLiveStore
from trading.signals.models import BASELINE_MODEL, Assessment, Recommendation, SignalSet, Source
from trading.signals.read_wiring import assessment_service
from trading.signals.store import DynamoSignalStore

DAY = date(2013, 2, 19)


class Provider(BaseHTTPRequestHandler):
    """Answers with one bar of AAPL, or refuses."""

    def do_GET(self) -> None:
        bar = {"t": f"{DAY}T05:00:00Z", "o": 100, "h": 103, "l": 99, "c": 102, "v": 9}
        self.send_response(403 if self.server.refuses else 200)  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(json.dumps({"bars": {"AAPL": [bar]}, "next_page_token": None}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """Run a provider that covers NASDAQ, and name it in the environment."""
    del aws
    with provider_server(monkeypatch, Provider, exchanges="NASDAQ", refuses=False) as server:
        yield server


def publish(**predicted: str) -> None:
    for symbol in predicted:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    items = tuple(
        Recommendation(symbol, Decimal(value), Decimal("0.02"), Decimal("1.5"), Decimal(100))
        for symbol, value in predicted.items()
    )
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.BASELINE, "v", items, Assessment(BASELINE_MODEL)))


def run(scheduled_at: str = "2013-02-19T23:30:00Z", *, again: bool = False) -> Any:
    event = {"scheduled_at": scheduled_at, "again": again}
    return handler_of("judge_strategies").lambda_handler(event, None)


def test_a_night_keeps_what_came_and_judges_by_it(provider: HTTPServer) -> None:
    del provider
    publish(AAPL="0.02", MSFT="0.0001")
    assessment_service().judge_training(Exchange.NASDAQ, Source.BASELINE, BASELINE_MODEL, PROVEN)

    first, second = run(), run(again=True)

    assert (first["judged"], second["judged"]) == ({"NASDAQ": 1}, {"NASDAQ": 0})
    (day,) = DynamoLiveStore().days(Exchange.NASDAQ, Source.BASELINE)
    assert (day.trade_date, day.recommended, day.trades, day.gained) == (DAY, 1, 1, 1)
    assert day.net == pytest.approx(0.02 - 0.00107)
    judged = assessment_service().of(Exchange.NASDAQ, Source.BASELINE, BASELINE_MODEL)
    assert judged.live is not None
    assert (judged.live.sessions, judged.judgement.is_proven) == (1, True)


def test_a_day_without_a_session_is_not_judged(provider: HTTPServer) -> None:
    del provider

    assert run("2013-02-18T23:30:00Z") == {"status": "not_due"}, "Presidents' Day"


def test_a_provider_that_is_away_is_asked_again_until_it_is_too_late(
    provider: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.refuses = True  # type: ignore[attr-defined]
    publish(AAPL="0.02")

    assert run() == {"status": "done", "judged": {}, "failed": ["NASDAQ"]}
    assert "StrategiesNotJudged" in capsys.readouterr().out
