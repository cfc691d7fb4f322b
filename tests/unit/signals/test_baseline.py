"""The baseline against figures worked out on paper."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.support.markets import bar, bars_before
from tests.support.panels import panel_of, random_panel
from trading.markets.models import Bar
from trading.signals.baseline import Signals, baseline

DAY = date(2013, 2, 19)
FLAT = [100] * 20


def of(bars: Iterable[Bar]) -> tuple[float, float, float, float]:
    """Return what the baseline says of one symbol: y, s, ATR and E."""
    return figures(baseline(panel_of(bars).until(DAY)))


def figures(found: Signals, place: int = 0) -> tuple[float, float, float, float]:
    columns = (found.expected, found.volatility, found.atr, found.previous_close)
    return tuple(float(column[place]) for column in columns)  # type: ignore[return-value]


def test_a_rise_on_the_last_day() -> None:
    # y = (110/100 - 1) / 20. s: 19 returns of 0 and one of 0.1, mean 0.005,
    # (19 * 0.005^2 + 0.095^2) / 19 = 0.0005. True ranges: 13 of 2, one of 111 - 100.
    assert of(bars_before(DAY, [*FLAT, 110])) == pytest.approx((0.005, 0.0005**0.5, 37 / 14, 110), rel=1e-12)


def test_a_fall_on_the_last_day() -> None:
    assert of(bars_before(DAY, [*FLAT, 90])) == pytest.approx((-0.005, 0.0005**0.5, 37 / 14, 90), rel=1e-12)


def test_a_price_that_never_moves_has_no_volatility() -> None:
    assert of(bars_before(DAY, [*FLAT, 100])) == (0, 0, 2, 100)


def test_what_lies_before_the_last_twenty_one_bars_does_not_count() -> None:
    closes = [*FLAT, 110]

    assert of(bars_before(DAY, [5, 900, *closes])) == of(bars_before(DAY, closes))


def test_days_without_a_bar_are_passed_over() -> None:
    bars = bars_before(DAY, [100, *FLAT, 110])
    another = bars_before(DAY, [*FLAT, 100, 100], symbol="MSFT")

    found = baseline(panel_of([*bars[:9], *bars[10:], *another]))

    assert figures(found) == of(bars_before(DAY, [*FLAT, 110]))


def test_the_trade_date_and_what_follows_do_not_count() -> None:
    known = bars_before(DAY, [*FLAT, 110])

    assert of((*known, bar(DAY, 500), bar(DAY + timedelta(days=1), 900))) == of(known)


@pytest.mark.parametrize("closes", [FLAT, [100]])
def test_twenty_bars_are_too_few(closes: Sequence[int]) -> None:
    assert np.isnan(of(bars_before(DAY, closes))).all()


@pytest.mark.parametrize("close", ["0", "-1", "NaN"])
@pytest.mark.parametrize("position", [0, 10, 20])
def test_a_close_that_is_no_price_makes_no_signal(close: str, position: int) -> None:
    bars = list(bars_before(DAY, [*FLAT, 110]))
    bars[position] = replace(bars[position], close=Decimal(close))

    assert np.isnan(of(bars)[1])


def test_a_range_that_is_none_leaves_the_rest_of_the_signal() -> None:
    bars = list(bars_before(DAY, [*FLAT, 110]))
    bars[-1] = replace(bars[-1], high=Decimal("Infinity"))

    expected, _, atr, _ = of(bars)

    assert (expected, atr) == (pytest.approx(0.005), np.inf)


def test_a_symbol_has_the_same_signal_alone_and_among_others() -> None:
    panel = random_panel(30, 50)

    together = baseline(panel)
    alone = [baseline(panel.columns([place])) for place in range(50)]

    assert [figures(together, place) for place in range(50)] == [figures(found) for found in alone]
