"""Moves that look like splits nobody announced."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.markets import bars_before
from tests.support.panels import panel_of
from trading.markets.models import Bar
from trading.signals.panel import LastBars
from trading.signals.quarantine import unadjusted_splits

DAY = date(2013, 2, 19)
CALM = [100] * 30


def has_unadjusted_split(bars: Sequence[Bar], actions_on: Collection[date] = ()) -> bool:
    """Say whether a symbol is quarantined by its bars."""
    panel = panel_of(bars)
    found = unadjusted_splits(panel, LastBars.of(panel, 61), {"AAPL": actions_on})
    return bool(found.any())


def moved(to: str, *, busy: int = 1, sessions_ago: int = 1) -> tuple[Bar, ...]:
    """Return 30 calm days at 100 and then a close that moved, which traded `busy` times the usual dollars."""
    bars = bars_before(DAY, [*CALM, *[Decimal(to)] * sessions_ago])
    ratio = bars[30].close / 100
    return tuple(
        replace(bar, volume=int(1000 * (busy if number == 30 else 1) / (ratio if number >= 30 else 1)))
        for number, bar in enumerate(bars)
    )


@pytest.mark.parametrize("close", ["50", "33.4", "66.6", "20", "10", "200", "300", "150", "500", "1000", "49", "51.4"])
def test_a_usual_ratio_is_quarantined(close: str) -> None:
    assert has_unadjusted_split(moved(close))


@pytest.mark.parametrize("close", ["39.9", "160.1", "2500", "2"])
def test_a_move_beyond_sixty_percent_is_quarantined(close: str) -> None:
    assert has_unadjusted_split(moved(close))


@pytest.mark.parametrize("close", ["140", "60", "120", "48", "155", "100", "74"])
def test_a_true_move_passes(close: str) -> None:
    assert not has_unadjusted_split(moved(close))


def test_a_crash_that_trades_a_lot_passes() -> None:
    assert has_unadjusted_split(moved("50", busy=2))
    assert not has_unadjusted_split(moved("50", busy=4))
    assert not has_unadjusted_split(moved("35", busy=4))


def test_the_quarantine_lasts_for_twenty_sessions() -> None:
    assert has_unadjusted_split(moved("50", sessions_ago=20))
    assert not has_unadjusted_split(moved("50", sessions_ago=21))


def test_an_announced_action_explains_a_move() -> None:
    split_on = DAY - timedelta(days=1)

    assert not has_unadjusted_split(moved("50"), [split_on])
    assert has_unadjusted_split(moved("50"), [split_on - timedelta(days=10)])


@pytest.mark.parametrize("bars", [(), bars_before(DAY, [100]), bars_before(DAY, [100, 101])])
def test_few_bars_show_nothing(bars: tuple[Bar, ...]) -> None:
    assert not has_unadjusted_split(bars)
