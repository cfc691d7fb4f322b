"""Batches in which one symbol fails the whole request."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.partners.market_data.batches import MAX_PARTS, in_batches
from trading.partners.market_data.connection import BadRequest
from trading.platform.errors import Refused, Unavailable

SYMBOLS = [f"S{number:03}" for number in range(200)]


@dataclass
class Remembered:
    """Refused symbols in memory."""

    kept: set[str] = field(default_factory=set)
    recalled: int = 0

    def recall(self) -> frozenset[str]:
        self.recalled += 1
        return frozenset(self.kept)

    def remember(self, symbols: Collection[str]) -> None:
        self.kept |= set(symbols)


@dataclass
class Partner:
    """Refuses any request that names a symbol it does not know; is away from a given request on."""

    unknown: frozenset[str]
    away_from: int = 1_000_000
    asked: list[Sequence[str]] = field(default_factory=list)

    def ask(self, symbols: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(tuple(symbols))
        if len(self.asked) >= self.away_from:
            raise Unavailable
        if self.unknown & set(symbols):
            raise BadRequest
        return {symbol: symbol for symbol in symbols}


def test_one_symbol_that_is_refused_costs_only_itself() -> None:
    partner, refused = Partner(frozenset({"S077"})), Remembered()

    found = in_batches(SYMBOLS, partner.ask, refused)

    assert sorted(found) == [symbol for symbol in SYMBOLS if symbol != "S077"]
    assert refused.kept == {"S077"}
    assert len(partner.asked) <= 17


def test_what_was_refused_is_left_out_for_the_rest_of_the_day() -> None:
    partner, refused = Partner(frozenset({"S077"})), Remembered({"S077"})

    found = in_batches(SYMBOLS, partner.ask, refused)

    assert len(found) == 199
    assert len(partner.asked) == 2


def test_nothing_is_looked_up_while_nothing_is_refused() -> None:
    partner, refused = Partner(frozenset()), Remembered({"S001"})

    assert len(in_batches(SYMBOLS, partner.ask, refused)) == 200
    assert (len(partner.asked), refused.recalled) == (1, 0)


def test_a_new_culprit_is_found_beside_those_that_are_remembered() -> None:
    partner, refused = Partner(frozenset({"S000", "S199"})), Remembered({"S000"})

    assert len(in_batches(SYMBOLS, partner.ask, refused)) == 198
    assert refused.kept == {"S000", "S199"}


def test_a_batch_of_remembered_symbols_alone_has_nothing() -> None:
    partner, refused = Partner(frozenset({"BAD"})), Remembered({"BAD"})

    assert in_batches(["BAD"], partner.ask, refused) == {}
    assert len(partner.asked) == 1


def test_a_partner_that_refuses_whatever_it_is_asked_refuses_and_blames_no_symbol() -> None:
    partner, refused = Partner(frozenset(SYMBOLS)), Remembered()

    with pytest.raises(Refused):
        in_batches(SYMBOLS, partner.ask, refused)
    assert refused.kept == set()
    assert len(partner.asked) <= MAX_PARTS + 1


def test_a_partner_that_goes_away_in_between_leaves_what_it_has_given() -> None:
    partner, refused = Partner(frozenset({"S150"}), away_from=4), Remembered()

    assert sorted(in_batches(SYMBOLS, partner.ask, refused)) == SYMBOLS[:100]


def test_a_partner_that_is_away_at_once_is_unavailable() -> None:
    partner = Partner(frozenset({"S000"}), away_from=2)

    with pytest.raises(Unavailable):
        in_batches(SYMBOLS, partner.ask, Remembered())


def test_other_batches_are_not_disturbed() -> None:
    symbols = [f"S{number:03}" for number in range(450)]
    partner = Partner(frozenset({"S077"}))

    assert len(in_batches(symbols, partner.ask, Remembered())) == 449


@given(st.sets(st.sampled_from(SYMBOLS), min_size=1, max_size=3), st.integers(5, 200))
def test_whatever_is_refused_all_others_are_had(unknown: set[str], size: int) -> None:
    asked = SYMBOLS[:size]

    found = in_batches(asked, Partner(frozenset(unknown)).ask, Remembered())

    assert set(found) == set(asked) - unknown
