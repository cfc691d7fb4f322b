"""Rails in a back-test: the live rules, on by default, each seen to act."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.support.backtests import bar, day_of, recommended
from tests.unit.backtest.test_engine import run
from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.portfolios.positions import ExitReason
from trading.automation.rails.models import RailSettings, StopGuard
from trading.backtest.engine import Engine
from trading.backtest.models import DayInput
from trading.backtest.paths import SandboxWalk

DAYS = tuple(date(2013, 2, day) for day in (19, 20, 21, 22))
SETTINGS = DayTradingSettings(Decimal("0.50"), Decimal("0.050"))
OFF = RailSettings(None, None, None, None, None)
SYMBOLS = ("AAA", "BBB", "CCC")


def falling(day: date, *, by: str = "90") -> DayInput:
    """Return a day on which each symbol falls through its stop."""
    bars = [bar(symbol, "100", "100", by, by) for symbol in SYMBOLS]
    return day_of(bars, [recommended(symbol, "100") for symbol in SYMBOLS], day=day)


def engine(**rails: object) -> Engine:
    return Engine(SETTINGS, rails=replace(OFF, **rails))  # type: ignore[arg-type]


def test_without_rails_every_day_trades() -> None:
    days = run(*map(falling, DAYS), engine=engine())

    assert [len(day.trades) for day in days] == [3, 3, 3, 3]
    assert all(day.blocks == {} for day in days)


def test_a_symbol_that_was_stopped_out_rests() -> None:
    days = run(*map(falling, DAYS), engine=engine(cool_down_sessions=1))

    assert [len(day.trades) for day in days] == [3, 0, 3, 0]
    assert days[1].skipped == {"cool_down": 3}


def test_losing_stops_block_the_next_session() -> None:
    days = run(*map(falling, DAYS), engine=engine(stop_guard=StopGuard(losses=3, sessions=1)))

    assert [len(day.trades) for day in days] == [3, 0, 3, 0]
    assert days[0].blocks == {"stop_guard": 1}


def test_a_drawdown_lasts_until_somebody_resumes() -> None:
    days = run(*map(falling, DAYS), engine=engine(max_drawdown_percent=Decimal("3.0")))

    assert [len(day.trades) for day in days] == [3, 0, 0, 0]
    assert days[3].skipped == {"drawdown": 3}


def test_a_day_that_lost_too_much_is_sold_at_once() -> None:
    # It falls to its stop's doorstep by the first third of the day and does not come back.
    slow = day_of(
        [bar(symbol, "100", "100.01", "97.2", "99") for symbol in SYMBOLS],
        [recommended(symbol, "100") for symbol in SYMBOLS],
    )
    limited = Engine(SETTINGS, rails=replace(OFF, daily_loss_percent=Decimal("1.0")), path=SandboxWalk())

    (day,) = run(slow, engine=limited)

    assert {trade.exit_reason for trade in day.trades} == {ExitReason.DAILY_LOSS}
    assert day.blocks == {"daily_loss": 1}
    lost = Decimal(-day.pnl_cents) / day.opening_cents
    assert Decimal("0.01") <= lost < Decimal("0.015")
