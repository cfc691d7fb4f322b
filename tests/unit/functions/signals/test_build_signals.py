"""The handler that makes a day's recommendations, with the real client and a provider on loopback."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.support.calls import handler_of
from tests.support.panels import sessions_before
from tests.support.provider_server import provider_server
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore, closure_row
from trading.partners.market_data.store import DynamoRefusedSymbols
from trading.platform.clock import SystemClock, trading_date
from trading.platform.settings import settings
from trading.signals.models import SignalSet, Source
from trading.signals.store import DynamoSignalStore

DAY, LAST = date(2013, 2, 19), date(2013, 2, 15)


class Provider(BaseHTTPRequestHandler):
    """Answers with bars of AAPL up to the last session, adjusted and raw, or refuses, as its server says."""

    def do_GET(self) -> None:
        days = sessions_before(LAST + timedelta(days=1), 70).tolist()
        bars = [
            {
                "t": f"{day}T05:00:00Z",
                "o": 99 + number,
                "h": 102 + number,
                "l": 98 + number,
                "c": 100 + number,
                "v": 10**6,
            }
            for number, day in enumerate(days)
        ]
        statuses = (status for name, status in self.server.unknown.items() if name in self.path)  # type: ignore[attr-defined]
        self.send_response(403 if self.server.refuses else next(statuses, 200))  # type: ignore[attr-defined]
        self.end_headers()
        found = {} if self.server.withholds in self.path else {"AAPL": bars}  # type: ignore[attr-defined]
        self.wfile.write(json.dumps({"bars": found, "next_page_token": None}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """Run a provider that covers NASDAQ and NYSE, and name it in the environment."""
    del aws
    with provider_server(
        monkeypatch, Provider, exchanges="NASDAQ,NYSE", refuses=False, withholds="nothing", unknown={}
    ) as server:
        yield server


def run(scheduled_at: str = "2013-02-19T13:30:00Z") -> Any:
    return handler_of("build_signals").lambda_handler({"scheduled_at": scheduled_at}, None)


def test_each_exchange_that_is_covered_is_built_once(provider: HTTPServer, capsys: pytest.CaptureFixture[str]) -> None:
    del provider
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))

    assert run() == {"status": "done", "built": {"NASDAQ": 1, "NYSE": 0}}
    assert run() == {"status": "duplicate"}

    built = DynamoSignalStore().read(Exchange.NASDAQ, DAY)
    assert built is not None
    assert [recommendation.symbol for recommendation in built.recommendations] == ["AAPL"]
    missing = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "SignalsMissing" in line]
    assert [line["exchange"] for line in missing] == ["NYSE"]


def test_what_is_pinned_stands(provider: HTTPServer) -> None:
    del provider
    pinned = SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "none", ())
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    DynamoSignalStore().save(pinned)

    assert run()["built"]["NASDAQ"] == 0
    assert DynamoSignalStore().read(Exchange.NASDAQ, DAY) == pinned


@pytest.mark.parametrize("holiday", ["2013-02-18T13:30:00Z", "2013-02-16T13:30:00Z"])
def test_a_day_without_a_session_is_not_due(provider: HTTPServer, holiday: str) -> None:
    del provider

    assert run(holiday) == {"status": "not_due"}


def test_a_closed_exchange_is_left_out(provider: HTTPServer) -> None:
    del provider
    closure_row(Exchange.NYSE, DAY).save()

    assert run()["built"] == {"NASDAQ": 0}


def test_a_run_that_was_refused_until_the_plan_is_over_and_alarms(
    provider: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    provider.refuses = True  # type: ignore[attr-defined]

    assert run() == {"status": "done", "built": {"NYSE": 0}, "failed": ["NASDAQ"]}
    assert '"SignalsUnavailable":[1.0]' in capsys.readouterr().out
    assert run() == {"status": "duplicate"}


@pytest.mark.parametrize("withheld", ["adjustment=raw", "adjustment=all"])
def test_missing_pages_make_no_signals_and_an_alarm(
    provider: HTTPServer, capsys: pytest.CaptureFixture[str], withheld: str
) -> None:
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    provider.withholds = withheld  # type: ignore[attr-defined]

    assert run()["failed"] == ["NASDAQ"]
    assert '"SignalsUnavailable":[1.0]' in capsys.readouterr().out
    assert DynamoSignalStore().read(Exchange.NASDAQ, DAY) is None


def test_a_symbol_that_the_provider_refuses_costs_its_exchange_no_other_signal(provider: HTTPServer) -> None:
    for symbol in ("AAPL", "BAD"):
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    provider.unknown = {"BAD": 400}  # type: ignore[attr-defined]

    assert run()["built"]["NASDAQ"] == 2
    built = DynamoSignalStore().read(Exchange.NASDAQ, DAY)
    assert built is not None
    assert [(r.symbol, r.excluded) for r in built.recommendations] == [("AAPL", "too_calm"), ("BAD", "no_recent_bar")]
    assert DynamoRefusedSymbols(lambda: trading_date(SystemClock().now())).recall() == {"BAD"}


def test_an_exchange_that_fails_leaves_the_others_theirs(provider: HTTPServer) -> None:
    DynamoInstrumentStore().save(Instrument("BAD", Exchange.NASDAQ))
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NYSE))
    provider.unknown = {"BAD": 403}  # type: ignore[attr-defined]

    assert run()["failed"] == ["NASDAQ"]
    built = DynamoSignalStore().read(Exchange.NYSE, DAY)
    assert built is not None
    assert [recommendation.symbol for recommendation in built.recommendations] == ["AAPL"]


def test_without_a_model_the_model_s_strategy_makes_no_signals_and_an_alarm(
    provider: HTTPServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del provider
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    monkeypatch.setenv("SIGNAL_STRATEGY", "model")
    settings.cache_clear()

    assert run() == {"status": "done", "built": {"NASDAQ": 0, "NYSE": 0}}
    assert '"SignalsUnavailable":[1.0]' in capsys.readouterr().out
    assert DynamoSignalStore().read(Exchange.NASDAQ, DAY) is None
