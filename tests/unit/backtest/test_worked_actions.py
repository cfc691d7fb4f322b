"""Corporate actions inside back-tests, with the worked figures: a split over night, and a dividend, move no money."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from tests.support.backtests import bar, day_of, recommended
from tests.support.panels import changed, random_panel
from trading.automation.portfolios.models import DayTradingSettings
from trading.backtest.engine import Engine
from trading.backtest.history import PanelHistory
from trading.backtest.models import DayInput, DayResult
from trading.markets.models import Exchange
from trading.signals.panel import DailyPanel

BANKROLL = 1_000_000
SETTINGS = DayTradingSettings()


def stepped(closes: dict[int, float], opened: dict[int, float], factor: dict[int, float]) -> DailyPanel:
    """Return bars of one symbol that rises steadily, with raw prices and factors of some days given.

    Rows count from the end: -1 is the ex-date. A later split made two shares of each, so that no adjusted price
    was ever paid.
    """
    panel = random_panel(90, 1, before=date(2013, 2, 21))
    arrays: dict[str, Any] = {name: np.array(getattr(panel, name)) for name in ("open", "high", "low", "close")}
    factors = np.array(panel.factor)
    for row, value in factor.items():
        factors[row if row == -1 else slice(None, row + 1)] = value
    for row in (-2, -1):
        arrays["close"][row] = closes[row] / factors[row]
        arrays["open"][row] = opened[row] / factors[row]
        arrays["high"][row] = max(closes[row], opened[row]) * 1.01 / factors[row]
        arrays["low"][row] = min(closes[row], opened[row]) * 0.99 / factors[row]
    return changed(panel, **arrays, factor=factors)


def last_day(panel: DailyPanel) -> DayInput:
    (day,) = PanelHistory(panel).days(panel.days[-1].item())
    return day


def previous_close(day: DayInput) -> Decimal | None:
    assert day.signals is not None
    (one,) = day.signals.recommendations
    return one.previous_close


def traded(day: DayInput) -> DayResult:
    """Trade a day with a sure signal at the previous close that the panel gives."""
    assert day.signals is not None
    (one,) = day.signals.recommendations
    sure = replace(one, excluded=None, predicted_return=Decimal("0.02"), volatility=Decimal("0.02"), atr=Decimal("1.5"))
    signals = replace(day.signals, recommendations=(sure,))
    (result,) = Engine(SETTINGS).run(Exchange.NASDAQ, BANKROLL, [replace(day, signals=signals)])
    return result


def test_worked_1_a_split_of_three_for_two_is_no_gap() -> None:
    # 104,979 cents for 7 shares are $149.97 each; three for two leads to $99.98, and it opens at $99.80.
    day = last_day(stepped({-2: 149.97, -1: 100.50}, {-2: 149.00, -1: 99.80}, {-2: 3.0, -1: 2.0}))

    result = traded(day)

    assert previous_close(day) == Decimal("99.9800")
    (trade,) = result.trades
    # A quarter of $10,000 at $99.98 is 25 shares, bought at 99.80 and 5 bp more, sold at 100.50 and 5 bp less.
    assert (trade.shares, trade.entry_price, trade.exit_price) == (25, Decimal("99.8499"), Decimal("100.4498"))
    assert (trade.cost_cents, trade.proceeds_cents) == (249_625 + 9, 251_124 - 9)
    assert result.closing_cents == BANKROLL + 251_115 - 249_634


def test_worked_2_a_dividend_lowers_the_close_before_by_what_is_paid() -> None:
    # $0.2575 of $20.00: adjusted prices of before are 0.987125 of the raw ones.
    day = last_day(stepped({-2: 20.00, -1: 19.90}, {-2: 19.95, -1: 19.75}, {-2: 2 / 0.987125, -1: 2.0}))

    assert previous_close(day) == Decimal("19.7425")


def test_without_the_split_on_file_the_same_open_is_a_gap() -> None:
    """Hold that it is the adjusted close that saves the day: against the raw one it would be skipped."""
    raw = day_of([bar("AAA", "99.80", "101", "99", "100.50")], [recommended("AAA", "149.97")], day=date(2013, 2, 19))

    (result,) = Engine(SETTINGS).run(Exchange.NASDAQ, BANKROLL, [raw])

    assert result.trades == ()
    assert result.skipped == {"gapped": 1}
