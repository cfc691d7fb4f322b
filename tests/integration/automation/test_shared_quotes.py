"""Workers and reads of many portfolios over the same symbols, through their handlers: one request to the provider."""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.support.world import World
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

DAY = date(2013, 2, 20)
PLANNED = datetime(2013, 2, 20, 14, 15, 10, tzinfo=UTC)
OPENED = datetime(2013, 2, 20, 14, 30, 30, tzinfo=UTC)
NOON = datetime(2013, 2, 20, 17, 0, 30, tzinfo=UTC)
SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
KEY = "a-key-of-16-chars"


@pytest.fixture
def portfolios(world: World) -> list[PortfolioKey]:
    """Return twelve portfolios that trade the same five symbols by themselves."""
    items = tuple(Recommendation(s, Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(100)) for s in SYMBOLS)
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "five-shared-symbols", items))
    for symbol in SYMBOLS:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    world.market.pin(dict.fromkeys(SYMBOLS, Decimal(100)))
    bodies = [{"name": f"portfolio {number}", "exchange": 2, "is_automated": True} for number in range(12)]
    return [PortfolioKey("ada", world.call("create_portfolio", body=body).body["id"]) for body in bodies]


def held(key: PortfolioKey) -> int:
    state = DynamoSessionStore().load(key, DAY)
    assert state is not None
    return len(state.held)


def test_entries_reads_and_monitor_of_twelve_portfolios_ask_once_a_minute(
    world: World, portfolios: list[PortfolioKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[frozenset[str]] = []
    answer = world.market.latest_quotes

    def counted(symbols: Iterable[str], now: datetime) -> dict[str, Any]:
        asked.append(frozenset(symbols))
        return answer(asked[-1], now)

    monkeypatch.setattr(world.market, "latest_quotes", counted)
    for moment, job in ((PLANNED, "plan_sessions"), (OPENED, "open_sessions"), (OPENED, "monitor_positions")):
        world.pass_to(moment)
        world.fire(job)
        world.work_off()
    world.call("list_portfolios")
    world.call("get_portfolio_summary")
    world.call("list_holdings", portfolio_id=portfolios[0].portfolio_id)

    assert [held(key) for key in portfolios] == [5] * 12
    assert asked == [frozenset(SYMBOLS)]


def test_a_provider_that_hangs_is_left_within_two_seconds_and_the_last_price_stands(world: World) -> None:
    world.pass_to(NOON)
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    world.market.pin({"AAPL": Decimal(100)})
    portfolio_id = world.call("create_portfolio", body={"name": "by hand", "exchange": 2}).body["id"]
    body = {"type": "BUY", "symbol": "AAPL", "quantity": 10, "price": 90}
    assert world.call("create_transaction", portfolio_id=portfolio_id, body=body, key=KEY).status == 201
    assert world.call("get_portfolio", portfolio_id=portfolio_id).body["current_value"] == 10_100

    world.pass_by(minutes=5)
    world.market.pin({"AAPL": Decimal(200)})
    world.fail("market", "quotes", Fault.HANG)
    began = time.monotonic()
    (shown,) = world.call("list_portfolios").body["items"]

    assert time.monotonic() - began < 2
    assert (shown["current_value"], shown["price_at"]) == (10_100, "2013-02-20T17:00:30Z")
