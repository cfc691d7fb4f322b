"""What holds of every baseline, whatever the prices."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.support.markets import bar
from trading.markets.models import Bar
from trading.signals.service import baseline

DAY = date(2013, 2, 19)
CENTS = st.integers(min_value=200, max_value=10_000_000)
BARS = st.lists(CENTS, min_size=21, max_size=40).map(
    lambda prices: [
        bar(DAY - timedelta(days=number + 1), Decimal(cents) / 100) for number, cents in enumerate(reversed(prices))
    ]
)


def scaled(bar: Bar, factor: int) -> Bar:
    return replace(bar, open=bar.open * factor, high=bar.high * factor, low=bar.low * factor, close=bar.close * factor)


@given(BARS)
def test_a_baseline_is_finite_and_ends_at_the_last_close(bars: list[Bar]) -> None:
    found = baseline("AAPL", bars, DAY)

    assert found is not None
    assert found.previous_close == bars[0].close
    assert found.predicted_return is not None
    assert found.predicted_return >= Decimal("-0.05")
    assert found.volatility is not None
    assert found.volatility >= 0
    assert found.atr is not None
    assert found.atr >= 2


@given(BARS, st.randoms(use_true_random=False), st.lists(CENTS, max_size=5))
def test_neither_order_nor_the_future_changes_a_baseline(
    bars: list[Bar], order: random.Random, future: list[int]
) -> None:
    later = [bar(DAY + timedelta(days=number), cents) for number, cents in enumerate(future)]
    mixed = [*bars, *later]
    order.shuffle(mixed)

    assert baseline("AAPL", mixed, DAY) == baseline("AAPL", bars, DAY)


@given(BARS, st.sampled_from([2, 4, 8, 1024]))
def test_returns_do_not_depend_on_the_unit_of_price(bars: list[Bar], factor: int) -> None:
    plain, large = baseline("AAPL", bars, DAY), baseline("AAPL", [scaled(bar, factor) for bar in bars], DAY)

    assert plain is not None
    assert large is not None
    assert (large.predicted_return, large.volatility) == (plain.predicted_return, plain.volatility)
    assert large.atr is not None
    assert plain.atr is not None
    assert abs(large.atr - plain.atr * factor) <= Decimal("0.0001") * factor
