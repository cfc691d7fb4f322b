"""The baseline against figures worked out on paper."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.markets import bar, bars_before
from trading.signals.models import Recommendation, version_of
from trading.signals.service import baseline

DAY = date(2013, 2, 19)
FLAT = [100] * 20


def test_a_rise_on_the_last_day() -> None:
    # y = (110/100 - 1) / 20. s: 19 returns of 0 and one of 0.1, mean 0.005,
    # (19 * 0.005^2 + 0.095^2) / 19 = 0.0005. True ranges: 13 of 2, one of 111 - 100.
    found = baseline("AAPL", bars_before(DAY, [*FLAT, 110]), DAY)

    assert found == Recommendation(
        symbol="AAPL",
        predicted_return=Decimal("0.00500000"),
        volatility=Decimal("0.02236068"),
        atr=Decimal("2.6429"),
        previous_close=Decimal(110),
    )


def test_a_fall_on_the_last_day() -> None:
    found = baseline("AAPL", bars_before(DAY, [*FLAT, 90]), DAY)

    assert found is not None
    assert found.predicted_return == Decimal("-0.005")
    assert found.atr == Decimal("2.6429")


def test_a_price_that_never_moves_has_no_volatility() -> None:
    found = baseline("AAPL", bars_before(DAY, [*FLAT, 100]), DAY)

    assert found is not None
    assert (found.predicted_return, found.volatility, found.atr) == (Decimal(0), Decimal(0), Decimal(2))


def test_what_lies_before_the_last_twenty_one_bars_does_not_count() -> None:
    closes = [*FLAT, 110]

    assert baseline("AAPL", bars_before(DAY, [5, 900, *closes]), DAY) == baseline("AAPL", bars_before(DAY, closes), DAY)


def test_the_trade_date_and_what_follows_do_not_count() -> None:
    known = bars_before(DAY, [*FLAT, 110])

    assert baseline("AAPL", (*known, bar(DAY, 500), bar(DAY + timedelta(days=1), 900)), DAY) == baseline(
        "AAPL", known, DAY
    )


def test_twenty_bars_are_too_few() -> None:
    assert baseline("AAPL", bars_before(DAY, FLAT), DAY) is None
    assert baseline("AAPL", (), DAY) is None


@pytest.mark.parametrize(("days", "made"), [(6, True), (7, False)])
def test_bars_that_end_more_than_a_week_before_the_trade_date_are_too_old(days: int, *, made: bool) -> None:
    bars = bars_before(DAY - timedelta(days=days), [*FLAT, 110])

    assert (baseline("AAPL", bars, DAY) is not None) is made


@pytest.mark.parametrize("close", ["0", "-1", "NaN", "Infinity"])
@pytest.mark.parametrize("position", [0, 10, 20])
def test_a_close_that_is_no_price_makes_no_signal(close: str, position: int) -> None:
    bars = list(bars_before(DAY, [*FLAT, 110]))
    bars[position] = replace(bars[position], close=Decimal(close))

    assert baseline("AAPL", bars, DAY) is None


def test_a_range_that_is_none_leaves_the_rest_of_the_signal() -> None:
    bars = list(bars_before(DAY, [*FLAT, 110]))
    bars[-1] = replace(bars[-1], high=Decimal("Infinity"))

    found = baseline("AAPL", bars, DAY)

    assert found is not None
    assert found.atr is None
    assert found.predicted_return == Decimal("0.005")


def test_a_version_changes_with_any_figure_and_with_nothing_else() -> None:
    first = baseline("AAPL", bars_before(DAY, [*FLAT, 110]), DAY)
    assert first is not None

    assert version_of([first]) == version_of([replace(first)])
    assert version_of([first]) != version_of([replace(first, atr=Decimal("2.6430"))])
    assert version_of([first]) != version_of([])
