"""Limits of orders on the trading day: size, a day's buys, how many a minute, refusals, and settled cash alone."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.quotes import quoted
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.day_trading.ports import BrokerOrder, Fill, Side
from trading.automation.portfolios.models import DayTradingSettings, Portfolio, PortfolioKey
from trading.automation.portfolios.owner_stops import OwnerStopService
from trading.automation.portfolios.positions import Change, PositionStatus
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import Skip
from trading.automation.rails.models import EquityMark, Proceeds, RailName, RailSettings
from trading.automation.rails.rules import begins_at
from trading.brokerage.halts import HaltStrength
from trading.markets.calendar import settles_on
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.platform.errors import Refused
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

pytestmark = pytest.mark.usefixtures("aws")

FRACTIONS = DayTradingSettings(max_recommendations=100, allow_fractional_shares=True)


def changed(key: PortfolioKey, change: Callable[[Portfolio], Portfolio]) -> None:
    store = DynamoSessionStore()
    state = store.load(key, DAY)
    assert state is not None
    store.commit(Change(change(state.portfolio)))


def with_rails(harness: TradingDayHarness, rails: RailSettings) -> PortfolioKey:
    key = harness.portfolio(DayTradingSettings(max_recommendations=4)).key
    changed(key, lambda portfolio: replace(portfolio, rails=rails))
    return key


def recommend(harness: TradingDayHarness, symbol: str, dollars_20: str | None) -> None:
    harness.recommend(symbol)
    dollars = Decimal(dollars_20) if dollars_20 else None
    item = Recommendation(symbol, Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(100), dollars_20=dollars)
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "with dollars", (item,)))


@pytest.mark.parametrize(
    ("max_cents", "dollars", "shares"),
    [(None, None, 25), (50_000, None, 5), (None, "100000", 5), (30_000, "100000", 3), (50_000, "60000", 3)],
)
def test_an_order_is_cut_to_its_limits_and_not_refused(max_cents: int | None, dollars: str | None, shares: int) -> None:
    harness = TradingDayHarness()
    key = with_rails(harness, RailSettings(max_order_notional_cents=max_cents))
    recommend(harness, "AAA", dollars)

    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)

    position = harness.position(key, "AAA")
    assert position.order.shares == shares
    assert position.cost_cents <= (max_cents or 10**9)
    assert shares - 1 <= position.shares <= shares
    assert_sound(harness.state(key))


def test_an_order_of_which_nothing_is_left_is_skipped_for_its_limit() -> None:
    harness = TradingDayHarness()
    key = with_rails(harness, RailSettings(max_order_notional_cents=5_000))
    recommend(harness, "AAA", None)

    session = harness.at(PLANNED).plan(key, DAY)

    assert session is not None
    assert [(skip.symbol, skip.reason) for skip in session.skipped] == [("AAA", Skip.NOTIONAL)]


def test_a_days_buys_stay_within_the_equity_before_the_open() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA", "BBB", "CCC", "DDD")
    key = harness.portfolio(DayTradingSettings(max_recommendations=4)).key
    harness.at(PLANNED).plan(key, DAY)
    mark = EquityMark(DAY, 300_000, 1_000_000)
    changed(key, lambda p: replace(p, rail_state=replace(p.rail_state, before_open=mark), rails=RailSettings(None)))

    harness.at(OPENED).enter(key, DAY)

    assert sum(position.cost_cents for position in harness.state(key).positions) <= 300_000
    assert {p.skip for p in harness.state(key).positions} == {None, Skip.INSUFFICIENT_CASH}


def test_sixty_orders_go_out_in_a_minute_and_the_others_in_the_next() -> None:
    harness = TradingDayHarness()
    harness.recommend(*(f"P{number:02}" for number in range(70)))
    key = harness.portfolio(FRACTIONS).key
    harness.at(PLANNED).plan(key, DAY)

    counts = []
    for second in (0, 30, 60):
        harness.at(OPENED + timedelta(seconds=second)).enter(key, DAY)
        counts.append(len(harness.state(key).held))

    assert counts == [60, 60, 70]
    assert_sound(harness.state(key))


def test_what_gets_no_turn_within_the_window_is_skipped_for_the_rate() -> None:
    harness = TradingDayHarness()
    harness.recommend(*(f"P{number:02}" for number in range(70)))
    key = harness.portfolio(FRACTIONS).key
    harness.at(PLANNED).plan(key, DAY)

    harness.at(OPENED + timedelta(minutes=10)).enter(key, DAY)

    state = harness.state(key)
    assert (len(state.held), [p.skip for p in state.of(DAY, PositionStatus.CANCELLED)]) == (60, [Skip.RATE] * 10)
    assert_sound(state)


@dataclass(frozen=True)
class ReluctantBroker(PaperBroker):
    """A broker that refuses some orders, as one does under a halt of a symbol or below its minimum."""

    refuses: frozenset[tuple[str, Side]] = frozenset()
    asked: list[str] = field(default_factory=list)

    def execute(self, order: BrokerOrder) -> Fill:
        """Refuse, or fill."""
        self.asked.append(order.symbol)
        if (order.symbol, order.side) in self.refuses:
            raise Refused("HALTED")
        return super().execute(order)


def test_the_third_refusal_in_five_minutes_stops_entries_until_the_owner_resumes() -> None:
    harness = TradingDayHarness()
    symbols = ("AAA", "BBB", "CCC", "DDD", "EEE")
    harness.recommend(*symbols)
    key = harness.portfolio(DayTradingSettings(max_recommendations=5)).key
    harness.at(PLANNED).plan(key, DAY)
    broker = ReluctantBroker(refuses=frozenset((symbol, Side.BUY) for symbol in symbols))

    replace(harness.at(OPENED), broker=broker).enter(key, DAY)

    state = harness.state(key)
    assert broker.asked == ["AAA", "BBB", "CCC"]
    assert [p.skip for p in state.of(DAY)] == [Skip.BROKER_REFUSED] * 3 + [Skip.RATE] * 2
    (block,) = state.portfolio.rail_state.blocks
    assert (block.rail, block.value, block.limit, block.strength, block.until) == (
        RailName.RATE,
        3,
        3,
        HaltStrength.NO_NEW_ENTRIES,
        None,
    )
    session = state.session(DAY)
    assert session is not None
    assert session.blocks == (block,)

    OwnerStopService(DynamoSessionStore(), lambda _: (), FixedClock(NOON)).resume(key)

    assert harness.state(key).portfolio.rail_state.blocks == ()


def test_two_refusals_stop_nothing() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA", "BBB", "CCC")
    key = harness.portfolio(DayTradingSettings(max_recommendations=5)).key
    harness.at(PLANNED).plan(key, DAY)
    broker = ReluctantBroker(refuses=frozenset((symbol, Side.BUY) for symbol in ("AAA", "BBB")))

    replace(harness.at(OPENED), broker=broker).enter(key, DAY)

    state = harness.state(key)
    assert ([p.symbol for p in state.held], state.portfolio.rail_state.blocks) == (["CCC"], ())


def test_a_close_that_the_broker_refuses_keeps_no_other_open_and_is_tried_again() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA", "BBB", "CCC")
    key = harness.portfolio(DayTradingSettings(max_recommendations=5)).key
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)
    broker = ReluctantBroker(refuses=frozenset({("AAA", Side.SELL)}))

    hits = [quoted(symbol, "97", NOON) for symbol in ("AAA", "BBB")]
    assert replace(harness.at(NOON), broker=broker).exit_hits(key, DAY, hits) == 1
    replace(harness.at(CLOSING), broker=broker).close(key, DAY)

    found = {position.symbol: position.status for position in harness.state(key).positions}
    assert found == {"AAA": PositionStatus.CLOSING, "BBB": PositionStatus.CLOSED, "CCC": PositionStatus.CLOSED}
    harness.at(CLOSING + timedelta(minutes=1)).close(key, DAY)
    assert harness.state(key).held == ()
    assert_sound(harness.state(key))


def with_proceeds(key: PortfolioKey, day: date, settled_cents: int) -> None:
    """Have all of the cash but some be the proceeds of a day's sales."""

    def change(portfolio: Portfolio) -> Portfolio:
        proceeds = (Proceeds(day, portfolio.cash_cents - settled_cents),)
        return replace(portfolio, rail_state=replace(portfolio.rail_state, proceeds=proceeds))

    changed(key, change)


def test_the_proceeds_of_all_sales_are_known() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA", "BBB")
    key = harness.portfolio(DayTradingSettings(max_recommendations=4)).key
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)

    harness.at(CLOSING).close(key, DAY)

    state = harness.state(key)
    brought = sum(position.proceeds_cents for position in state.positions)
    assert state.portfolio.rail_state.proceeds == (Proceeds(DAY, brought),)


@pytest.mark.parametrize(("settled_cents", "planned"), [(0, 0), (100_000, 1), (1_000_000, 1)])
def test_a_cash_accounts_plan_is_sized_by_what_is_settled(settled_cents: int, planned: int) -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA")
    key = with_rails(harness, RailSettings(settled_cash=True))
    with_proceeds(key, DAY, settled_cents)

    session = harness.at(PLANNED).plan(key, DAY)

    assert session is not None
    assert session.planned == planned
    if planned:
        allocation = harness.position(key, "AAA").order.allocation
        assert allocation * 100 <= settled_cents
        return
    (block,) = session.blocks
    assert (block.rail, block.value, block.until) == (RailName.SETTLED_CASH, 0, begins_at(date(2013, 2, 20)))
    assert {skip.reason for skip in session.skipped} == {Skip.SETTLED_CASH}


@pytest.mark.parametrize("is_on", [True, False])
def test_what_was_sold_after_the_plan_buys_nothing_in_a_cash_account(is_on: bool) -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA", "BBB")
    key = with_rails(harness, RailSettings(settled_cash=is_on))
    harness.at(PLANNED).plan(key, DAY)
    with_proceeds(key, DAY, 100_000)

    harness.at(OPENED).enter(key, DAY)

    spent = sum(position.cost_cents for position in harness.state(key).positions)
    assert (spent <= 100_000) is is_on
    assert_sound(harness.state(key))


@pytest.mark.parametrize(
    ("sold_on", "settled_on"),
    [
        ("2026-03-02", "2026-03-03"),
        ("2026-03-06", "2026-03-09"),
        ("2026-10-09", "2026-10-13"),
        ("2026-10-12", "2026-10-13"),
        ("2026-11-10", "2026-11-12"),
        ("2026-11-11", "2026-11-12"),
        ("2018-11-09", "2018-11-13"),
        ("2018-11-12", "2018-11-13"),
        ("2026-11-25", "2026-11-27"),
    ],
)
def test_proceeds_settle_on_the_next_day_on_which_anything_does(sold_on: str, settled_on: str) -> None:
    for exchange in (Exchange.NASDAQ, Exchange.NYSE):
        assert settles_on(exchange, date.fromisoformat(sold_on)) == date.fromisoformat(settled_on)


def test_toronto_settles_on_its_own_days() -> None:
    assert settles_on(Exchange.TSE, date(2026, 11, 10)) == date(2026, 11, 11)
