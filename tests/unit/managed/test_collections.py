"""The catalogue: weights from a day on, over symbols that can be traded."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.unit.managed.catalogues import SINCE, TECH, MemoryCollections, Registry, catalogue, weight_set
from tests.unit.managed.makers import HALVES, NOW
from trading.managed.collections.models import Collection
from trading.managed.collections.service import CatalogueChanges
from trading.platform.audit import Audit
from trading.platform.clock import FixedClock
from trading.platform.errors import InvalidRequest, NotFound

TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)
AUDIT = Audit("root", "a new year")


def changes(store: MemoryCollections) -> CatalogueChanges:
    return CatalogueChanges(store, Registry(), FixedClock(NOW))


def test_weights_count_from_their_day_on() -> None:
    both = TECH.with_weights(weight_set(TOMORROW, IBM="1"), TODAY)

    assert both.on(date(2026, 1, 4)) is None
    assert both.on(TODAY) == TECH.sets[0]
    assert both.on(TOMORROW) == both.on(date(2027, 1, 1)) == weight_set(TOMORROW, IBM="1")


def test_weights_of_the_same_day_replace_each_other_and_old_ones_are_forgotten() -> None:
    today, better = weight_set(TODAY, IBM="1"), weight_set(TODAY, MSFT="1")

    assert TECH.with_weights(today, TODAY).with_weights(better, TODAY).sets == (better,)


def test_recommended_weights_are_over_tradable_symbols_and_sum_to_1() -> None:
    thirds = Collection("t", "T", "", (weight_set(SINCE, AAPL="0.333333", MSFT="0.333333", GONE="0.333334"),))

    found = catalogue(thirds).find_recommended("t")

    assert found is not None
    assert (found.weights, found.effective_on) == (HALVES, SINCE)


def test_nothing_is_recommended_of_what_nobody_knows_or_trades() -> None:
    later = replace(TECH, sets=(weight_set(TOMORROW, AAPL="1"),))

    assert catalogue(TECH, active="IBM").find_recommended("tech") is None
    assert catalogue(later).find_recommended("tech") is None
    assert catalogue().find_recommended("nothing") is None
    with pytest.raises(NotFound):
        catalogue().require("nothing")


def test_what_no_collection_can_be_called_is_not_looked_for() -> None:
    store = MemoryCollections({"x" * 64: TECH})
    market = replace(catalogue(), store=store)

    assert market.require("x" * 64) is TECH
    with pytest.raises(NotFound):
        market.require("x" * 65)
    assert store.reads == 1


def test_each_symbol_and_collection_is_asked_for_once() -> None:
    store, registry = MemoryCollections({"tech": TECH}), Registry()
    market = replace(catalogue(), store=store, instruments=registry)

    for _ in range(3):
        market.require("tech")
        market.find_recommended("tech")
        market.tradable(("AAPL", "GONE"))

    assert store.reads == 1
    assert registry.asked == [frozenset(HALVES), frozenset({"GONE"})]


def test_an_operator_changes_weights_and_leaves_a_record() -> None:
    store = MemoryCollections({"tech": replace(TECH, version=4)})

    put = changes(store).put(Collection("tech", "New", "Name", ()), {"IBM": Decimal(1)}, None, AUDIT)

    assert (put.name, put.version, put.on(TODAY)) == ("New", 5, weight_set(TODAY, IBM="1"))
    assert store.audits == [AUDIT]


def test_a_symbol_that_is_known_but_not_traded_may_be_in_a_collection() -> None:
    put = changes(MemoryCollections()).put(TECH, {"GONE": Decimal(1)}, TOMORROW, AUDIT)

    assert put.sets == (weight_set(TOMORROW, GONE="1"),)


def test_unknown_symbols_and_days_that_are_past_are_refused() -> None:
    store = MemoryCollections()

    with pytest.raises(InvalidRequest) as unknown:
        changes(store).put(TECH, {"ZZZ": Decimal("0.5"), "YYY": Decimal("0.5")}, None, AUDIT)
    with pytest.raises(InvalidRequest) as past:
        changes(store).put(TECH, HALVES, date(2026, 3, 1), AUDIT)

    assert [problem.message for problem in unknown.value.problems] == [
        "there is no symbol YYY",
        "there is no symbol ZZZ",
    ]
    assert [problem.field for problem in past.value.problems] == ["effective_on"]
    assert store.kept == {}
