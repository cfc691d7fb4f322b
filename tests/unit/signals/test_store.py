"""Recommendations in DynamoDB: whole sets, chunk by chunk, and pins that hold."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from trading.markets.models import Exchange
from trading.signals.models import Recommendation, SignalSet, Source, version_of
from trading.signals.store import DynamoSignalStore, SignalRow

pytestmark = pytest.mark.usefixtures("aws")
DAY = date(2013, 2, 19)


def signal_set(count: int = 2, *, source: Source = Source.BASELINE, price: str = "100.1234") -> SignalSet:
    found = tuple(
        Recommendation(f"S{number:04}", Decimal("0.00500000"), Decimal("0.02236068"), None, Decimal(price))
        for number in range(count)
    )
    return SignalSet(Exchange.NASDAQ, DAY, source, version_of(found), found)


def test_what_was_saved_is_read_to_the_last_place() -> None:
    store, signals = DynamoSignalStore(), signal_set()

    assert store.save(signals)

    assert store.read(Exchange.NASDAQ, DAY) == signals
    assert repr(store.read(Exchange.NASDAQ, DAY)) == repr(signals)
    assert store.version(Exchange.NASDAQ, DAY) == signals.version


def test_a_day_or_an_exchange_without_recommendations_has_none() -> None:
    store = DynamoSignalStore()
    store.save(signal_set())

    assert store.read(Exchange.NYSE, DAY) is None
    assert store.read(Exchange.NASDAQ, DAY + timedelta(days=1)) is None
    assert store.version(Exchange.NYSE, DAY) is None


def test_many_recommendations_lie_in_chunks_of_five_hundred_and_keep_their_order() -> None:
    store, signals = DynamoSignalStore(), signal_set(1201)

    store.save(signals)

    assert store.read(Exchange.NASDAQ, DAY) == signals
    assert len(list(SignalRow.query(f"NASDAQ#{DAY}", SignalRow.sk.startswith(signals.version)))) == 3


def test_an_empty_set_is_a_set() -> None:
    store, nothing = DynamoSignalStore(), signal_set(0, source=Source.PINNED)

    assert store.save(nothing)
    assert store.read(Exchange.NASDAQ, DAY) == nothing


def test_a_new_baseline_takes_the_place_of_the_old_one() -> None:
    store = DynamoSignalStore()
    store.save(signal_set(600))

    assert store.save(signal_set(3, price="99"))
    assert store.read(Exchange.NASDAQ, DAY) == signal_set(3, price="99")


def test_what_is_pinned_is_not_overwritten_by_what_was_computed() -> None:
    store, pinned = DynamoSignalStore(), signal_set(1, source=Source.PINNED)
    store.save(pinned)

    assert store.save(signal_set(5)) is False
    assert store.read(Exchange.NASDAQ, DAY) == pinned


def test_the_same_recommendations_computed_do_not_unpin() -> None:
    store, pinned = DynamoSignalStore(), signal_set(source=Source.PINNED)
    store.save(pinned)

    assert store.save(replace(pinned, source=Source.BASELINE)) is False
    assert store.read(Exchange.NASDAQ, DAY) == pinned


@pytest.mark.parametrize("before", Source)
def test_a_pin_takes_the_place_of_whatever_stood(before: Source) -> None:
    store, pinned = DynamoSignalStore(), signal_set(3, source=Source.PINNED, price="7")
    store.save(signal_set(5, source=before))

    assert store.save(pinned)
    assert store.read(Exchange.NASDAQ, DAY) == pinned


def test_chunks_without_their_header_are_not_seen() -> None:
    store, pinned = DynamoSignalStore(), signal_set(2)
    store.save(pinned)
    SignalRow(f"NASDAQ#{DAY}", "another#000000", document="[]").save()

    assert store.read(Exchange.NASDAQ, DAY) == pinned
