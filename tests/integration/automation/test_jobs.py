"""The jobs of the day and the registry of held symbols: who is found, when, and by which quotes."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.quotes import quoted
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.day_trading.jobs import NOT_DUE, JobService
from trading.automation.day_trading.messages import ExitWork, SessionWork
from trading.automation.day_trading.progress import marked_anew
from trading.automation.day_trading.rankings import CachedRankings
from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Position, PositionStatus
from trading.automation.portfolios.sessions import SessionStatus
from trading.markets.models import Exchange
from trading.markets.service import Calendar, QuoteCache
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock
from trading.signals.store import DynamoSignalStore

pytestmark = pytest.mark.usefixtures("aws")

CLOSED = datetime(2013, 2, 19, 21, 0, tzinfo=UTC)
SECOND, DAYS = timedelta(seconds=1), timedelta(days=1)
NEXT_OPEN = OPENED + DAYS


@dataclass
class Jobs:
    """The jobs of a harness, and what they send."""

    harness: TradingDayHarness
    sent: list[SessionWork | ExitWork] = field(default_factory=list)

    def at(self, moment: datetime) -> JobService:
        """Return the jobs of one invocation."""
        self.harness.market.now = moment
        self.sent.clear()
        return JobService(
            index=DynamoWorkIndex(),
            days=Calendar(DynamoInstrumentStore()),
            quotes=QuoteCache(lambda: self.harness.market),
            rankings=CachedRankings(DynamoSignalStore(), DynamoInstrumentStore(), DynamoReasonStore()),
            send=lambda _, work: self._keep(list(work)),
            clock=FixedClock(moment),
        )

    def found(self) -> list[PortfolioKey]:
        """Return the portfolios that were found last."""
        return [PortfolioKey(work.owner, work.portfolio_id) for work in self.sent]

    def _keep(self, work: list[SessionWork | ExitWork]) -> int:
        self.sent.extend(work)
        return len(work)


@pytest.fixture
def harness() -> TradingDayHarness:
    made = TradingDayHarness()
    made.recommend("AAA", "BBB")
    return made


@pytest.fixture
def jobs(harness: TradingDayHarness) -> Jobs:
    return Jobs(harness)


def entered(harness: TradingDayHarness) -> PortfolioKey:
    """Return a portfolio with two open positions."""
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)
    assert [position.status for position in harness.state(key).positions] == [PositionStatus.OPEN] * 2
    return key


def target_of(harness: TradingDayHarness, key: PortfolioKey) -> Decimal:
    """Return the price at which the first position has reached its target."""
    target = harness.position(key, "AAA").target_price
    assert target is not None
    return target


def test_the_monitor_finds_who_was_hit_and_sends_the_quote_that_did_it(harness: TradingDayHarness, jobs: Jobs) -> None:
    key, other = entered(harness), entered(harness)
    harness.market.prices["AAA"] = target_of(harness, key)

    answer = jobs.at(NOON).monitor(NOON)

    assert answer == {"status": "done", "dispatched": 2}
    assert sorted(jobs.found(), key=str) == sorted([key, other], key=str)
    (work, _) = jobs.sent
    assert isinstance(work, ExitWork)
    assert [(seen.symbol, seen.bid, seen.at) for seen in work.quotes] == [("AAA", harness.market.prices["AAA"], NOON)]
    assert (work.trade_date, work.good_until) == (DAY, CLOSING)


def test_the_monitor_sends_nothing_where_nothing_was_hit(harness: TradingDayHarness, jobs: Jobs) -> None:
    entered(harness)

    assert jobs.at(NOON).monitor(NOON) == {"status": "done", "dispatched": 0}


@pytest.mark.parametrize(("age", "hits"), [(timedelta(), 1), (SECOND, 0)])
def test_the_monitor_takes_no_quote_of_before_the_open(
    harness: TradingDayHarness, jobs: Jobs, age: timedelta, hits: int
) -> None:
    key = entered(harness)
    harness.market.quoted["AAA"] = quoted("AAA", target_of(harness, key), OPENED - age)

    jobs.at(OPENED + timedelta(minutes=5)).monitor(OPENED + timedelta(minutes=5))

    assert len(jobs.sent) == hits


@pytest.mark.parametrize(
    ("moment", "is_due"),
    [
        (OPENED - SECOND, False),
        (OPENED, True),
        (CLOSED - timedelta(minutes=40), True),
        (CLOSED - timedelta(minutes=40) + SECOND, False),
    ],
)
def test_the_monitor_watches_from_the_open_until_the_close_takes_over(
    harness: TradingDayHarness, jobs: Jobs, moment: datetime, is_due: bool
) -> None:
    entered(harness)

    assert (jobs.at(moment).monitor(moment) != NOT_DUE) is is_due


def test_one_symbol_without_a_quote_does_not_keep_the_others_from_being_watched(
    harness: TradingDayHarness, jobs: Jobs
) -> None:
    key = entered(harness)
    harness.market.prices["AAA"] = target_of(harness, key)
    del harness.market.prices["BBB"]

    jobs.at(NOON).monitor(NOON)

    assert jobs.found() == [key]


@pytest.mark.parametrize(("days", "is_known"), [(0, True), (1, True), (10, True), (20, False)])
def test_the_registry_knows_the_symbols_of_the_last_ten_days(days: int, is_known: bool) -> None:
    DynamoWorkIndex().register_held(Exchange.NASDAQ, DAY, {"AAA"})

    held = DynamoWorkIndex().held_symbols(Exchange.NASDAQ, DAY + days * DAYS)

    assert held == (frozenset({"AAA"}) if is_known else frozenset())


def test_the_registry_adds_up_and_keeps_exchanges_apart() -> None:
    index = DynamoWorkIndex()
    index.register_held(Exchange.NASDAQ, DAY, {"AAA"})
    index.register_held(Exchange.NASDAQ, DAY, {"AAA", "BBB"})
    index.register_held(Exchange.NYSE, DAY, {"CCC"})

    assert DynamoWorkIndex().held_symbols(Exchange.NASDAQ, DAY) == {"AAA", "BBB"}
    assert DynamoWorkIndex().held_symbols(Exchange.NYSE, DAY) == {"CCC"}


def test_entering_registers_what_may_open_before_it_opens(harness: TradingDayHarness) -> None:
    entered(harness)

    assert DynamoWorkIndex().held_symbols(Exchange.NASDAQ, DAY) == {"AAA", "BBB"}


def test_a_leftover_of_yesterday_is_watched_and_sold_at_todays_open(harness: TradingDayHarness, jobs: Jobs) -> None:
    key = entered(harness)

    assert jobs.at(NEXT_OPEN).close(NEXT_OPEN)["dispatched"] == 1
    harness.at(NEXT_OPEN).close(key, NEXT_OPEN.date())

    state = harness.state(key)
    assert state.held == ()
    assert [(session.status, session.flat) for session in state.sessions] == [(SessionStatus.CLOSED, True)]
    assert_sound(state)


def test_a_leftover_is_sold_in_the_morning_though_a_new_day_was_planned(harness: TradingDayHarness, jobs: Jobs) -> None:
    key = entered(harness)
    harness.market.prices["BBB"] = Decimal(0)
    harness.at(CLOSING).close(key, DAY)
    left = harness.position(key, "BBB")
    harness.market.prices["BBB"] = Decimal(100)
    assert left.status is PositionStatus.CLOSING
    harness.recommend("AAA", "BBB", day=NEXT_OPEN.date())
    harness.at(PLANNED + DAYS).plan(key, NEXT_OPEN.date())

    assert jobs.at(NEXT_OPEN).close(NEXT_OPEN)["dispatched"] == 1
    harness.at(NEXT_OPEN).close(key, NEXT_OPEN.date())

    assert harness.state(key).held == ()
    assert {position.status for position in harness.state(key).of(NEXT_OPEN.date())} == {PositionStatus.PENDING}
    assert jobs.at(NEXT_OPEN + SECOND).close(NEXT_OPEN + SECOND)["dispatched"] == 0


def test_a_session_of_yesterday_that_is_not_proven_keeps_the_close_due_at_once(harness: TradingDayHarness) -> None:
    state = harness.state(entered(harness))
    today = Calendar(DynamoInstrumentStore()).trading_day(Exchange.NASDAQ, NEXT_OPEN.date())

    marks = marked_anew(replace(state, positions=()), (), today).due

    assert marks.close_at == state.portfolio.due.close_at == CLOSING


def test_todays_open_positions_do_not_pass_for_leftovers(harness: TradingDayHarness, jobs: Jobs) -> None:
    key = entered(harness)

    harness.at(NOON).close(key, DAY)

    assert [position.status for position in harness.state(key).positions] == [PositionStatus.OPEN] * 2
    assert jobs.at(NOON).close(NOON)["dispatched"] == 0
    assert jobs.at(CLOSING).close(CLOSING)["dispatched"] == 1


@pytest.mark.parametrize("late", [timedelta(), SECOND, timedelta(hours=3)])
def test_nothing_is_sold_after_the_close(harness: TradingDayHarness, late: timedelta) -> None:
    key = entered(harness)

    harness.at(CLOSED + late).close(key, DAY)

    state = harness.state(key)
    assert len(state.held) == 2
    assert state.portfolio.due.close_at is not None
    assert_sound(state)


@pytest.mark.parametrize(("quoted_at", "is_bought"), [(timedelta(), True), (SECOND, False)])
def test_a_quote_of_exactly_ten_minutes_after_the_open_is_the_last_that_buys(
    harness: TradingDayHarness, quoted_at: timedelta, is_bought: bool
) -> None:
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    last = OPENED + timedelta(minutes=10)
    for symbol in ("AAA", "BBB"):
        harness.market.quoted[symbol] = quoted(symbol, 100, last + quoted_at)

    harness.at(last + 7 * SECOND).enter(key, DAY)

    assert {was_opened(position) for position in harness.state(key).positions} == {is_bought}


@pytest.mark.parametrize(("late", "is_bought"), [(timedelta(), True), (SECOND, False)])
def test_entries_come_two_minutes_late_at_most(harness: TradingDayHarness, late: timedelta, is_bought: bool) -> None:
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    last = OPENED + timedelta(minutes=12)
    for symbol in ("AAA", "BBB"):
        harness.market.quoted[symbol] = quoted(symbol, 100, OPENED + timedelta(minutes=10))

    harness.at(last + late).enter(key, DAY)

    assert {was_opened(position) for position in harness.state(key).positions} == {is_bought}


def was_opened(position: Position) -> bool:
    return position.was_opened


@pytest.mark.parametrize("name", ["plan", "enter", "close", "snapshot", "monitor"])
def test_a_job_of_a_day_without_trading_does_nothing(harness: TradingDayHarness, jobs: Jobs, name: str) -> None:
    saturday = datetime(2013, 2, 23, 17, 0, tzinfo=UTC)
    harness.portfolio()

    assert getattr(jobs.at(saturday), name)(saturday) == NOT_DUE
    assert jobs.sent == []
