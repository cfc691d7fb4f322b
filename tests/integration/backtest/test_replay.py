"""Replays beside days that were really traded, on an in-process DynamoDB."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.tapes import FakeBars, recorder_of, replay_service
from tests.support.trading_day import DAY, TradingDayHarness
from trading.automation.portfolios.models import DayTradingSettings, Portfolio
from trading.automation.portfolios.positions import ExitReason
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.automation.rails.models import RailSettings
from trading.backtest.models import DayBar, PathName
from trading.backtest.replay import Replay, WantedReplay
from trading.backtest.store import DynamoTapeStore
from trading.ledger.models import Entry
from trading.ledger.store import DynamoJournal
from trading.markets.models import Exchange
from trading.platform.errors import Conflict, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

NEXT = date(2013, 2, 20)


def watched(harness: TradingDayHarness, moment: datetime, **prices: str) -> None:
    """Move the market, and have the tape recorded as it is then."""
    harness.market.prices |= {symbol: Decimal(price) for symbol, price in prices.items()}
    harness.market.now = moment
    recorder_of(harness).record(moment)


def traded(harness: TradingDayHarness, portfolio: Portfolio, day: date, noon: Mapping[str, str]) -> None:
    """Trade a day live: planned, entered at the open, watched at noon, closed 30 minutes before the close."""
    opened, closing = (datetime(day.year, day.month, day.day, *at, tzinfo=UTC) for at in ((14, 30), (20, 30)))
    harness.at(opened - timedelta(minutes=15)).plan(portfolio.key, day)
    watched(harness, opened)
    harness.at(opened).enter(portfolio.key, day)
    middle = opened + timedelta(hours=2)
    watched(harness, middle, **noon)
    shown = harness.market.quotes(portfolio.exchange, list(harness.market.prices))
    harness.at(middle).exit_hits(portfolio.key, day, list(shown.values()))
    watched(harness, closing)
    harness.at(closing).close(portfolio.key, day)


def two_days() -> tuple[TradingDayHarness, Portfolio]:
    harness = TradingDayHarness()
    portfolio = harness.portfolio(DayTradingSettings(max_position_percent=Decimal("0.30")))
    harness.recommend("AAA", "BBB", "CCC")
    traded(harness, portfolio, DAY, {"AAA": "107.40", "BBB": "96.20", "CCC": "101.37"})
    harness.recommend("AAA", "DDD", price="50", day=NEXT)
    traded(harness, portfolio, NEXT, {"AAA": "49.13", "DDD": "50.61"})
    return harness, portfolio


def replayed(portfolio: Portfolio, days: int = 2, bars: FakeBars | None = None, **settings: object) -> Replay:
    wanted = WantedReplay(days, replace(portfolio.settings, **settings), portfolio.rails)
    return replay_service(bars).replay(portfolio, wanted)


def fills(entries: Collection[Entry]) -> list[tuple[object, ...]]:
    return [
        (entry.kind, trade.symbol, trade.quantity, trade.price, trade.amount_cents, trade.commission_cents, entry.at)
        for entry in entries
        if (trade := entry.trade) is not None
    ]


def test_unchanged_settings_on_tapes_are_what_happened_to_the_cent() -> None:
    _, portfolio = two_days()

    replay = replayed(portfolio)

    live = DynamoJournal().since(portfolio.key.text, 0)
    assert fills([entry for day in replay.days for entry in day.fills]) == fills(live)
    assert len(fills(live)) == 10
    assert [day.pnl_cents for day in replay.days] == [session.pnl_cents for session in replay.actual]
    after = DynamoPortfolioStore().find(portfolio.key)
    assert after is not None
    assert replay.days[-1].closing_cents == after.cash_cents
    assert {trade.exit_reason for day in replay.days for trade in day.trades} == {
        ExitReason.TARGET_HIT,
        ExitReason.STOP_HIT,
        ExitReason.SESSION_CLOSE,
    }
    assert [day.path for day in replay.days] == [PathName.TAPE] * 2


def test_other_settings_make_other_days_beside_the_same_actual_ones() -> None:
    _, portfolio = two_days()

    replay = replayed(portfolio, max_recommendations=1)

    assert [len(day.trades) for day in replay.days] == [1, 1]
    assert replay.actual[0].opened == 3


def test_nothing_is_written() -> None:
    _, portfolio = two_days()
    before = DynamoPortfolioStore().find(portfolio.key)

    replayed(portfolio)

    assert DynamoPortfolioStore().find(portfolio.key) == before


def test_a_day_without_a_tape_runs_on_its_raw_bar() -> None:
    harness = TradingDayHarness()
    portfolio = harness.portfolio()
    harness.recommend("AAA")
    bars = FakeBars({DAY: {"AAA": DayBar("AAA", Decimal(100), Decimal(101), Decimal(90), Decimal(95))}})

    replay = replayed(portfolio, bars=bars)

    assert [(day.day, day.path, len(day.trades)) for day in replay.days] == [
        (DAY, PathName.WORSE_ORDER, 1),
        (NEXT, PathName.WORSE_ORDER, 0),
    ]
    assert replay.days[0].trades[0].exit_reason is ExitReason.STOP_HIT
    assert bars.asked == [("AAA",)]


def test_days_that_are_all_on_tape_ask_nobody_for_bars() -> None:
    _, portfolio = two_days()
    bars = FakeBars()

    replayed(portfolio, bars=bars)

    assert bars.asked == []


def test_a_session_that_is_not_over_is_none_of_the_days() -> None:
    _, portfolio = two_days()
    wanted = WantedReplay(2, portfolio.settings, portfolio.rails)

    replay = replay_service(now=datetime(2013, 2, 20, 20, 59, tzinfo=UTC)).replay(portfolio, wanted)

    assert [day.day for day in replay.days] == [date(2013, 2, 15), DAY]


def test_a_portfolio_whose_days_had_no_recommendations_has_no_history() -> None:
    portfolio = TradingDayHarness().portfolio()

    with pytest.raises(Conflict) as refused:
        replayed(portfolio)

    assert refused.value.code == "no_history"


def test_rails_that_are_not_saved_yet_hold_in_the_replay() -> None:
    _, portfolio = two_days()
    rails = RailSettings(max_order_notional_cents=1_000_00)

    replay = replay_service().replay(portfolio, WantedReplay(2, portfolio.settings, rails))

    assert all(trade.cost_cents <= 1_001_00 for day in replay.days for trade in day.trades)
    assert sum(len(day.trades) for day in replay.days) == 5


def test_the_recorder_keeps_the_first_hundred_candidates_of_what_is_open() -> None:
    harness = TradingDayHarness()
    harness.recommend(*(f"S{number:03}" for number in range(130)))

    assert recorder_of(harness).record(datetime(2013, 2, 19, 14, 30, tzinfo=UTC)) == {"NASDAQ": 100}
    tape = DynamoTapeStore().read(Exchange.NASDAQ, DAY)
    assert tape is not None
    ((_, quotes),) = tape.moments
    assert [quote.symbol for quote in quotes][:2] == ["S000", "S001"]


@pytest.mark.parametrize("at", [(14, 29), (20, 31)])
def test_the_recorder_keeps_nothing_outside_of_the_time_in_which_automation_trades(at: tuple[int, int]) -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA")

    assert recorder_of(harness).record(datetime(2013, 2, 19, *at, tzinfo=UTC)) == {}


def test_a_provider_that_is_away_leaves_a_gap_and_no_failure() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA")

    class Away:
        def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, object]:
            raise Unavailable("away")

        def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, object]:
            raise Unavailable("away")

    found = replace(recorder_of(harness), quotes=Away()).record(datetime(2013, 2, 19, 14, 30, tzinfo=UTC))

    assert found == {"NASDAQ": 0}
    assert DynamoTapeStore().read(Exchange.NASDAQ, DAY) is None
