"""A record whose resolving only ever raises, of whatever kind, is looked at later and later, then by a person."""

from datetime import timedelta

import pytest

from tests.support.events import told
from tests.support.world import World
from trading.platform.clock import current_clock
from trading.platform.due import PUT_OFF_FOR, put_off
from trading.platform.people import PersonRow, partition, set_due


def poisoned(sk: str) -> PersonRow:
    """Return a due row that nothing can be made of."""
    row = PersonRow(partition("poor"), sk, document="no document of ours", version=7)
    set_due(row, "resolve", current_clock().now())
    row.save()
    return row


@pytest.mark.parametrize("sk", ["flow#f", "account", "kyc#record", "bank-account#b", "invoice#2013-01"])
def test_a_record_that_only_ever_raises_ends_with_a_person(world: World, sk: str) -> None:
    row = poisoned(sk)

    for span in (*PUT_OFF_FOR, timedelta(days=1)):
        world.resolve()
        row.refresh(consistent_read=True)
        assert row.due_at is None or row.due_at > current_clock().now().timestamp()
        world.pass_by(seconds=int(span.total_seconds()) + 1)

    assert (row.due_at, row.due_key) == (None, None)
    assert told("poor").count("outcome_needs_person") == 1


@pytest.mark.usefixtures("aws")
def test_what_somebody_writes_anew_is_theirs() -> None:
    row, now = poisoned("flow#g"), current_clock().now()
    for number in range(3):
        assert put_off(row.pk, row.sk, now + timedelta(days=number))
    assert put_off(row.pk, row.sk, now)  # it is not due
    row.refresh(consistent_read=True)
    assert row.tries == 3

    poisoned("flow#g")
    assert put_off(row.pk, row.sk, now)

    row.refresh(consistent_read=True)
    assert row.tries == 1
    assert put_off(row.pk, "flow#absent", now)
