"""Drift inside a fund."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.managed.makers import HALVES
from trading.managed.rebalancing.drift import MAX_DRIFT, drift
from trading.managed.weights import normalised

CENTS = st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 10**9), max_size=5)


@pytest.mark.parametrize(
    ("cents", "expected"),
    [
        ({"AAPL": 50, "MSFT": 50}, "0"),
        ({"AAPL": 60, "MSFT": 40}, "0.1"),
        ({"AAPL": 61, "MSFT": 39}, "0.11"),
        ({"AAPL": 100}, "0.5"),
        ({"AAPL": 45, "MSFT": 45, "IBM": 10}, "0.1"),
        ({"IBM": 7}, "1"),
        ({}, "0"),
        ({"AAPL": 0}, "0"),
    ],
)
def test_drift_is_the_share_that_would_have_to_be_traded(cents: dict[str, int], expected: str) -> None:
    assert drift(cents, HALVES) == Decimal(expected)


def test_a_tenth_is_not_yet_too_much() -> None:
    assert not drift({"AAPL": 60, "MSFT": 40}, HALVES) > MAX_DRIFT
    assert drift({"AAPL": 601, "MSFT": 399}, HALVES) > MAX_DRIFT


@given(CENTS, CENTS.filter(lambda cents: any(cents.values())))
def test_drift_lies_between_none_and_all(cents: dict[str, int], contents: dict[str, int]) -> None:
    found = drift(cents, normalised(contents))

    assert 0 <= found <= Decimal("1.000001")


@given(CENTS, CENTS.filter(lambda cents: any(cents.values())), st.integers(2, 100))
def test_a_fund_that_grows_as_a_whole_does_not_drift(cents: dict[str, int], contents: dict[str, int], by: int) -> None:
    weights = normalised(contents)
    grown = {symbol: worth * by for symbol, worth in cents.items()}

    assert abs(drift(grown, weights) - drift(cents, weights)) < Decimal("1E-20")
