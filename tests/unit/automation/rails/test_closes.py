"""Closes that come late, twice or beside flows: what they make of the peak that drawdowns are measured from."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from trading.automation.rails import rules
from trading.automation.rails.models import EquityMark, RailState

DAY = date(2013, 2, 19)


def closed(*marks: tuple[int, int, int]) -> RailState:
    """Return the state after closes, each so many days ahead, with its equity and what was paid in until then."""
    state = RailState()
    for ahead, equity, contributed in marks:
        state = rules.closed_at(state, EquityMark(DAY + timedelta(days=ahead), equity, contributed))
    return state


def test_a_withdrawal_after_a_loss_makes_the_loss_no_deeper() -> None:
    state = closed((0, 1_000_000, 1_000_000), (1, 10_000, 60_000))

    assert state.share_of_peak == Decimal("0.95")


def test_a_withdrawal_after_a_gain_lifts_no_drawdown() -> None:
    state = closed((0, 860_000, 1_000_000), (1, 10_000, 149_000))

    assert state.share_of_peak == Decimal("0.861")


@pytest.mark.parametrize("late", [(0, 1_200_000, 1_000_000), (1, 1_200_000, 1_000_000)])
def test_a_close_that_comes_late_or_again_moves_neither_peak_nor_drawdown(late: tuple[int, int, int]) -> None:
    before = closed((0, 1_000_000, 1_000_000), (1, 900_000, 1_000_000))

    assert rules.closed_at(before, EquityMark(DAY + timedelta(days=late[0]), *late[1:])) == before
