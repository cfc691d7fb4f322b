"""The monitor: which portfolios a bid concerns, and what it hands to their workers."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.quotes import quoted, traded
from tests.support.trading_day import DAY, NOON, OPENED, PLANNED, TradingDayHarness
from trading.automation.day_trading.jobs import JobService
from trading.automation.day_trading.messages import ExitWork, SessionWork
from trading.automation.day_trading.rankings import CachedRankings
from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import PositionStatus
from trading.markets.calendar import close_starts_at, trading_day
from trading.markets.models import Exchange, Quote
from trading.markets.service import Calendar, QuoteCache
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock
from trading.signals.store import DynamoSignalStore

pytestmark = pytest.mark.usefixtures("aws")


def monitor(harness: TradingDayHarness, moment: datetime) -> list[ExitWork | SessionWork]:
    """Return the work that a pass hands out."""
    sent: list[ExitWork | SessionWork] = []
    harness.market.now = moment
    job = JobService(
        index=DynamoWorkIndex(),
        days=Calendar(DynamoInstrumentStore()),
        quotes=QuoteCache(lambda: harness.market),
        rankings=CachedRankings(DynamoSignalStore(), DynamoInstrumentStore(), DynamoReasonStore()),
        send=lambda _, messages: sent.extend(messages) or len(sent),  # type: ignore[func-returns-value]
        clock=FixedClock(moment),
    )
    job.monitor(moment)
    return sent


def entered(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    harness.recommend(*symbols)
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)
    return key


def hit_by(harness: TradingDayHarness, quote: Quote, moment: datetime = NOON) -> bool:
    harness.market.quoted = {quote.symbol: quote}
    return bool(monitor(harness, moment))


def test_a_portfolio_is_handed_out_with_the_quote_that_reached_its_target() -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA", "BBB")
    other = entered(harness, "CCC")
    harness.market.quoted = {"AAA": quoted("AAA", 110, NOON - timedelta(minutes=15), ask=111)}

    (work,) = monitor(harness, NOON)

    day = trading_day(Exchange.NASDAQ, DAY)
    assert isinstance(work, ExitWork)
    assert day is not None
    assert (work.key, work.trade_date, work.good_until) == (key, DAY, close_starts_at(day))
    (quote,) = work.seen
    assert replace(quote, last_trade=None) == harness.market.quoted["AAA"]
    assert work.key != other
    assert harness.at(NOON).exit_hits(work.key, DAY, work.seen, good_until=work.good_until) == 1
    assert harness.position(key, "AAA").status is PositionStatus.CLOSED


def test_stops_and_targets_are_found_by_the_bid() -> None:
    harness = TradingDayHarness()
    position = harness.position(entered(harness, "AAA"), "AAA")
    stop, target = position.stop_price, position.target_price
    assert stop is not None
    assert target is not None
    step = Decimal("0.0001")

    assert not hit_by(harness, quoted("AAA", target - step, NOON, ask=target + 1))
    assert hit_by(harness, quoted("AAA", target, NOON, ask=target + 1))
    assert not hit_by(harness, quoted("AAA", stop + step, NOON, ask=stop + 1))
    assert hit_by(harness, quoted("AAA", stop, NOON, ask=stop + 1))


@pytest.mark.parametrize(
    "odd",
    [
        quoted("AAA", 90, NOON, ask=110),
        quoted("AAA", 90, NOON, ask=89),
        quoted("AAA", 90, NOON - timedelta(minutes=15, seconds=1)),
        quoted("AAA", 90, NOON + timedelta(seconds=6)),
    ],
    ids=["wide", "crossed", "stale", "from the future"],
)
def test_a_quote_that_is_no_price_hits_nothing(odd: Quote) -> None:
    harness = TradingDayHarness()
    entered(harness, "AAA")

    assert not hit_by(harness, odd)


def test_a_quote_of_before_the_open_hits_nothing() -> None:
    harness = TradingDayHarness()
    entered(harness, "AAA")

    assert not hit_by(harness, quoted("AAA", 90, OPENED - timedelta(seconds=1)), OPENED)
    assert hit_by(harness, quoted("AAA", 90, OPENED), OPENED)


def test_one_bad_symbol_hides_no_hit_of_another() -> None:
    harness = TradingDayHarness()
    entered(harness, "AAA", "BBB")
    harness.market.quoted = {"AAA": quoted("AAA", "NaN", NOON), "BBB": quoted("BBB", 90, NOON)}

    (work,) = monitor(harness, NOON)

    assert isinstance(work, ExitWork)
    assert [quote.symbol for quote in work.seen] == ["BBB"]


def test_a_quote_that_is_far_off_asks_for_one_trade_however_many_it_seems_to_reach() -> None:
    harness = TradingDayHarness()
    keys = {entered(harness, "AAA"), entered(harness, "AAA"), entered(harness, "BBB")}
    harness.market.quoted = {"AAA": quoted("AAA", 10, NOON)}

    works = [work for work in monitor(harness, NOON) if isinstance(work, ExitWork)]

    assert {work.key for work in works} < keys
    assert harness.market.asked_for_trades == [("AAA",)]
    assert [harness.at(NOON).exit_hits(work.key, DAY, work.seen) for work in works] == [0, 0]
    assert harness.market.asked_for_trades == [("AAA",)]


def test_a_crash_is_handed_out_with_the_trade_that_confirms_it() -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA")
    harness.market.quoted = {"AAA": quoted("AAA", 10, NOON)}
    harness.market.trades = {"AAA": traded("10.5", NOON)}

    (work,) = monitor(harness, NOON)

    assert isinstance(work, ExitWork)
    again = ExitWork.model_validate_json(work.model_dump_json())
    assert harness.at(NOON).exit_hits(key, DAY, again.seen) == 1


def test_another_exchanges_symbol_of_the_same_name_is_another_one() -> None:
    harness = TradingDayHarness()
    key = entered(harness, "T")
    index = DynamoWorkIndex()

    assert list(index.hits(Exchange.NASDAQ, "T", Decimal(90))) == [key]
    assert list(index.hits(Exchange.TSE, "T", Decimal(90))) == []
    assert harness.at(NOON).exit_hits(key, DAY, [quoted("T", 90, NOON, exchange=Exchange.TSE)]) == 0
    assert harness.at(NOON).exit_hits(key, DAY, [quoted("T", 90, NOON)]) == 1


@pytest.mark.parametrize(("days", "is_held"), [(10, True), (11, False)])
def test_symbols_are_watched_for_ten_days(days: int, is_held: bool) -> None:
    DynamoWorkIndex().register_held(Exchange.NASDAQ, DAY - timedelta(days=days), ["AAA"])

    assert ("AAA" in DynamoWorkIndex().held_symbols(Exchange.NASDAQ, DAY)) is is_held
