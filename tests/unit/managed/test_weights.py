"""Weights sum to exactly 1, and none is negative."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.managed.weights import among, broker_weights, normalised, shared

NUMBERS = st.one_of(st.integers(0, 10**12), st.decimals(0, 10**6, places=8))


@given(st.integers(0, 10**12), st.dictionaries(st.text("abc", max_size=3), NUMBERS, max_size=20))
def test_shares_sum_to_the_whole_and_are_less_than_a_unit_off(whole: int, parts: dict[str, int | Decimal]) -> None:
    shares = shared(whole, parts)

    total = sum(map(Fraction, parts.values()))
    assert sum(shares.values()) == (whole if total else 0)
    for key, part in parts.items():
        assert shares[key] >= 0
        assert not total or abs(shares[key] - whole * Fraction(part) / total) < 1


@given(st.dictionaries(st.text("abc", max_size=3), NUMBERS, max_size=20))
def test_normalised_weights_sum_to_exactly_1(parts: dict[str, int | Decimal]) -> None:
    assert sum(normalised(parts).values()) == (1 if any(parts.values()) else 0)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (["0.6", "0.9", "1.5"], ["0.2", "0.3", "0.5"]),
        (["0.1", "0.2", "0.3"], ["0.1667", "0.3333", "0.5"]),
        (["0", "0"], ["0", "0"]),
        (["1E+1", "3E+1"], ["0.25", "0.75"]),
    ],
)
def test_weights_are_normalised_by_largest_remainders(given_: list[str], expected: list[str]) -> None:
    weights = normalised({place: Decimal(part) for place, part in enumerate(given_)}, 4)

    assert list(weights.values()) == list(map(Decimal, expected))


def test_what_is_next_to_nothing_is_not_told() -> None:
    assert broker_weights({"much": 1_000_000, "little": 40, "none": 0}) == {"much": Decimal(1)}


def test_nothing_at_all_has_no_weights() -> None:
    assert broker_weights({"a": 0}) == {}
    assert broker_weights({}) == {}


def test_weights_among_some_symbols_are_renormalised() -> None:
    weights = {"A": Decimal("0.5"), "B": Decimal("0.3"), "C": Decimal("0.2")}

    assert among(weights, frozenset("ABZ")) == {"A": Decimal("0.625"), "B": Decimal("0.375")}
    assert among(weights, frozenset("Z")) == {}
