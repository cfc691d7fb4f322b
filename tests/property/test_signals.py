"""What holds of every baseline and of every feature, whatever the prices."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.markets import bar
from tests.support.panels import TRADE_DATE, changed, panel_of, random_panel
from trading.markets.models import Bar
from trading.signals.baseline import baseline
from trading.signals.features import WINDOW, features_of, window_of
from trading.signals.panel import FIELDS, DailyPanel
from trading.signals.universe import eligible, exclusions

DAY = date(2013, 2, 19)
CENTS = st.integers(min_value=200, max_value=10_000_000)
BARS = st.lists(CENTS, min_size=21, max_size=40).map(
    lambda prices: [
        bar(DAY - timedelta(days=number + 1), Decimal(cents) / 100) for number, cents in enumerate(reversed(prices))
    ]
)
SEEDS = st.integers(min_value=0, max_value=10_000)


def figures(bars: list[Bar]) -> list[float]:
    found = baseline(panel_of(bars).until(DAY))
    return [float(column[0]) for column in (found.expected, found.volatility, found.atr, found.previous_close)]


def scaled(bar: Bar, factor: int) -> Bar:
    return replace(bar, open=bar.open * factor, high=bar.high * factor, low=bar.low * factor, close=bar.close * factor)


@given(BARS)
def test_a_baseline_is_finite_and_ends_at_the_last_close(bars: list[Bar]) -> None:
    expected, volatility, atr, previous_close = figures(bars)

    assert previous_close == float(bars[0].close)
    assert expected >= -0.05
    assert volatility >= 0
    assert atr >= 2 - 1e-9


@given(BARS, st.randoms(use_true_random=False), st.lists(CENTS, max_size=5))
def test_neither_order_nor_the_future_changes_a_baseline(
    bars: list[Bar], order: random.Random, future: list[int]
) -> None:
    later = [bar(DAY + timedelta(days=number), cents) for number, cents in enumerate(future)]
    mixed = [*bars, *later]
    order.shuffle(mixed)

    assert figures(mixed) == figures(bars)


@given(BARS, st.sampled_from([2, 4, 8, 1024]))
def test_returns_do_not_depend_on_the_unit_of_price(bars: list[Bar], factor: int) -> None:
    plain, large = figures(bars), figures([scaled(bar, factor) for bar in bars])

    assert np.allclose(large[:2], plain[:2], rtol=1e-9, atol=1e-12)
    assert np.allclose(large[2:], [factor * value for value in plain[2:]], rtol=1e-12)


def shaken(panel: DailyPanel, since: int, seed: int) -> DailyPanel:
    """Return a panel in which every number from a row on is another one, and some bars are gone."""
    draw, copy = np.random.default_rng(seed), changed(panel)
    for name in FIELDS:
        values = getattr(copy, name)
        values[since:] *= draw.uniform(0.1, 10, values[since:].shape)
        values[since:][draw.random(values[since:].shape) < 0.1] = np.nan
    return copy


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(min_value=64, max_value=79))
def test_bars_of_the_trade_date_and_later_change_no_feature(seed: int, place: int) -> None:
    panel = random_panel(80, 25, seed=seed)
    trade_date = panel.days[place].item()

    before = window_of(panel, trade_date)
    after = window_of(shaken(panel, place, seed), trade_date)
    excluded = exclusions(before)

    assert exclusions(after) == excluded
    assert features_of(after, eligible(after, excluded)).tobytes() == (
        features_of(before, eligible(before, excluded)).tobytes()
    )


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(min_value=1, max_value=40), st.randoms(use_true_random=False))
def test_neither_history_nor_order_nor_strangers_change_a_bit(seed: int, count: int, order: random.Random) -> None:
    panel = random_panel(WINDOW + 20, 40, seed=seed)
    places = list(range(40))
    order.shuffle(places)
    mixed = panel.columns(places)
    scored = np.asarray([place < count for place in range(40)])

    trained = features_of(window_of(panel, TRADE_DATE), scored)[:count]
    served = features_of(window_of(mixed, TRADE_DATE), scored[places])[np.argsort(places)][:count]
    alone = features_of(window_of(panel.last(WINDOW).columns(range(count)), TRADE_DATE), scored[:count])

    assert np.isfinite(trained).all()
    assert served.tobytes() == trained.tobytes()
    assert alone.tobytes() == trained.tobytes()
