"""Trailing stops through the deployed monitor: from the highest bid since the entry, and no position written again."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.support.trading_day import assert_sound
from tests.support.world import World
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Change, Decision, ExitReason, PortfolioState, Position
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.rails.models import RailSettings
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

DAY = date(2013, 2, 20)
PLANNED = datetime(2013, 2, 20, 14, 15, tzinfo=UTC)
OPENED = datetime(2013, 2, 20, 14, 30, tzinfo=UTC)


def opened(world: World, percent: str | None, *names: str) -> list[PortfolioKey]:
    """Have portfolios enter AAPL at 100 with a stop at 97 and a target at 104.5, and trail it by a percent."""
    item = Recommendation("AAPL", Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(100))
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "pinned", (item,)))
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    keys = []
    for name in names or ("day",):
        body = {"name": name, "exchange": 2, "is_automated": True}
        keys.append(PortfolioKey("ada", world.call("create_portfolio", body=body).body["id"]))
        state = state_of(keys[-1])
        rails = RailSettings(trailing_stop_percent=Decimal(percent) if percent else None)
        DynamoSessionStore().commit(Change(replace(state.portfolio, rails=rails)))
    fire(world, "plan_sessions", PLANNED)
    quote(world, "100")
    fire(world, "open_sessions", OPENED)
    return keys


def state_of(key: PortfolioKey) -> PortfolioState:
    state = DynamoSessionStore().load(key, DAY)
    assert state is not None
    return state


def position_of(key: PortfolioKey) -> Position:
    (position,) = state_of(key).positions
    return position


def quote(world: World, price: str) -> None:
    world.market.pin({"AAPL": Decimal(price)})


def fire(world: World, job: str, moment: datetime) -> None:
    world.pass_to(moment)
    world.fire(job)
    world.work_off()


def watch(world: World, *prices: str) -> None:
    """Have a pass every ten minutes see each price."""
    for number, price in enumerate(prices, start=1):
        quote(world, price)
        fire(world, "monitor_positions", OPENED + timedelta(minutes=10 * number))


def test_a_stop_follows_the_highest_bid_since_the_entry_and_never_falls(world: World) -> None:
    (key,) = opened(world, "2.0")

    watch(world, "101", "104", "103", "101.93")
    assert position_of(key).is_held
    quote(world, "101.92")
    fire(world, "monitor_positions", OPENED + timedelta(minutes=50))

    assert (position_of(key).exit_reason, position_of(key).is_held) == (ExitReason.TRAILING_STOP, False)
    assert world.failures == []
    assert_sound(state_of(key))


def test_without_the_setting_nothing_trails(world: World) -> None:
    (key,) = opened(world, None)

    watch(world, "101", "104", "101", "99")

    assert position_of(key).is_held


def test_it_trails_the_entry_from_the_first_moment_where_that_is_nearer_than_the_stop(world: World) -> None:
    (key,) = opened(world, "1.0")
    assert position_of(key).stop_price == Decimal("99.0495")

    watch(world, "99.04")

    assert position_of(key).exit_reason is ExitReason.TRAILING_STOP


def test_the_fixed_stop_is_still_one_where_the_trailing_stop_lies_below_it(world: World) -> None:
    (key,) = opened(world, "20.0")

    watch(world, "96")

    assert position_of(key).exit_reason is ExitReason.STOP_HIT


def test_a_high_from_before_the_entry_does_not_count(world: World) -> None:
    (early,) = opened(world, "2.0", "early")
    watch(world, "104")
    state = state_of(early)
    (entered,) = state.positions
    late = replace(entered, opened_at=OPENED + timedelta(minutes=11))
    store = DynamoSessionStore()
    store.commit(Change(state.portfolio, (Decision(entered.status, late),)))

    quote(world, "101")
    fire(world, "monitor_positions", OPENED + timedelta(minutes=20))
    assert position_of(early).is_held
    quote(world, "98.9")
    fire(world, "monitor_positions", OPENED + timedelta(minutes=30))

    assert position_of(early).exit_reason is ExitReason.TRAILING_STOP


def test_a_rising_price_writes_no_position_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = opened(world, "2.0", "one", "two", "three")
    watch(world, "100")
    versions = [state_of(key).portfolio.version for key in keys]
    sent = counted(monkeypatch)

    quote(world, "101")
    fire(world, "monitor_positions", OPENED + timedelta(minutes=20))

    assert [state_of(key).portfolio.version for key in keys] == versions
    assert sent["TransactWriteItems"] == 1  # the highs


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often each request is made from now on."""
    real, sent = BaseClient._make_api_call, Counter[str]()

    def call(client: BaseClient, name: str, arguments: Any) -> Any:
        sent[name] += 1
        return real(client, name, arguments)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return sent
