"""Whatever part of the day's jobs runs, in any order and however often: flat or seen, and the ledger equal."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.quotes import quoted, traded
from tests.support.sweeping import found, sweep
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey, Task
from trading.automation.portfolios.service import PortfolioEdit
from trading.automation.portfolios.sessions import SETTLED
from trading.automation.portfolios.settlement import is_unfinished
from trading.markets.models import Exchange
from trading.platform.errors import Conflict

pytestmark = pytest.mark.usefixtures("aws")

PROVING = datetime(2013, 2, 19, 21, 10, tzinfo=UTC)
TOMORROW = timedelta(days=1)
SETTINGS = DayTradingSettings(max_recommendations=100, allow_fractional_shares=True)
PRICES = {"AAA": Decimal(100), "BBB": Decimal(100), "CCC": Decimal(100)}


@dataclass
class Day:
    """One portfolio, and what may happen to it."""

    harness: TradingDayHarness
    key: PortfolioKey

    def plan(self, at: datetime) -> None:
        self.harness.at(at).plan(self.key, at.date())

    def enter(self, at: datetime) -> None:
        self.harness.at(at).enter(self.key, at.date())

    def exit(self, at: datetime) -> None:
        quotes = [quoted(symbol, 140, at) for symbol in self.harness.market.prices]
        self.harness.at(at).exit_hits(self.key, at.date(), quotes)

    def close(self, at: datetime) -> None:
        self.harness.at(at).close(self.key, at.date())

    def sweep(self, at: datetime) -> None:
        sweep(self.harness, self.key, at)

    def switch_off(self, at: datetime) -> None:
        with suppress(Conflict):  # while positions are open
            self.harness.portfolios(at).edit(self.key, PortfolioEdit(is_automated=False))

    def lose_a_quote(self, at: datetime) -> None:
        del at
        self.harness.market.prices.pop("BBB", None)

    def cross_a_quote(self, at: datetime) -> None:
        self.harness.market.quoted["CCC"] = quoted("CCC", 101, at, ask=99)

    def cross_it_without_a_trade(self, at: datetime) -> None:
        self.cross_a_quote(at)
        self.harness.market.trades["CCC"] = traded(100, at - timedelta(hours=1))

    def find_it_again(self, at: datetime) -> None:
        del at
        self.harness.market.prices = dict(PRICES)
        self.harness.market.quoted.clear()
        self.harness.market.trades.clear()


Act = Callable[[Day, datetime], None]
ACTS: tuple[tuple[datetime, Act], ...] = (
    (PLANNED, Day.plan),
    (OPENED, Day.lose_a_quote),
    (OPENED, Day.enter),
    (OPENED + timedelta(minutes=5), Day.enter),
    (OPENED + timedelta(minutes=10, seconds=7), Day.enter),
    (OPENED + timedelta(minutes=13), Day.enter),
    (NOON, Day.exit),
    (NOON, Day.switch_off),
    (CLOSING, Day.cross_a_quote),
    (CLOSING, Day.cross_it_without_a_trade),
    (CLOSING, Day.close),
    (CLOSING + timedelta(minutes=10), Day.sweep),
    (CLOSING + timedelta(minutes=11), Day.close),
    (CLOSING + timedelta(minutes=12), Day.find_it_again),
    (CLOSING + timedelta(minutes=20), Day.sweep),
    (CLOSING + timedelta(minutes=21), Day.switch_off),
    (PLANNED + TOMORROW, Day.plan),
    (OPENED + TOMORROW, Day.close),
    (OPENED + TOMORROW, Day.sweep),
    (CLOSING + TOMORROW, Day.close),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(range(len(ACTS))), max_size=24), st.booleans())
def test_whatever_part_of_the_day_runs_ends_flat_or_is_seen(chosen: list[int], in_order: bool) -> None:
    harness = TradingDayHarness()
    harness.recommend(*PRICES)
    day = Day(harness, harness.portfolio(SETTINGS).key)

    for number in sorted(chosen) if in_order else chosen:
        moment, act = ACTS[number]
        act(day, moment)

    state = harness.state(day.key)
    assert_sound(state)
    unfinished = [position for position in state.positions if is_unfinished(position)]
    keys = {work.key for work in found(CLOSING + timedelta(minutes=10))[0]}
    assert (day.key in keys) == bool(unfinished)
    has_work = bool(unfinished) or any(session.status not in SETTLED for session in state.sessions)
    due = list(DynamoWorkIndex().due(Task.CLOSE, Exchange.NASDAQ, CLOSING + TOMORROW))
    assert day.key in due or not has_work


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(range(len(ACTS))), max_size=16))
def test_one_close_with_quotes_ends_whatever_was_left(chosen: list[int]) -> None:
    harness = TradingDayHarness()
    harness.recommend(*PRICES)
    day = Day(harness, harness.portfolio(SETTINGS).key)
    for number in sorted(chosen):
        moment, act = ACTS[number]
        act(day, moment)
    day.find_it_again(CLOSING + TOMORROW)

    day.close(CLOSING + TOMORROW)

    state = harness.state(day.key)
    assert state.held == ()
    assert all(session.status in SETTLED and session.flat for session in state.sessions)
    assert day.key not in list(DynamoWorkIndex().due(Task.CLOSE, Exchange.NASDAQ, CLOSING + 2 * TOMORROW))
    assert_sound(state)


def test_the_day_that_these_tests_shuffle_ends_flat_when_all_of_it_runs() -> None:
    harness = TradingDayHarness()
    harness.recommend(*PRICES)
    day = Day(harness, harness.portfolio(SETTINGS).key)

    for moment, act in ACTS:
        act(day, moment)

    state = harness.state(day.key)
    assert any(position.was_opened for position in state.of(DAY))
    assert state.held == ()
