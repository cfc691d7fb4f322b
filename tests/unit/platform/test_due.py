"""Rows that are due: put off for longer and longer before each try, then left to a person."""

from datetime import datetime, timedelta

import pytest

from tests.support.events import event_names
from trading.platform.clock import SystemClock
from trading.platform.due import PUT_OFF_FOR, is_stuck, put_off
from trading.platform.people import PersonRow, partition, set_due

OWNER, SK = "ada", "flow#f"

pytestmark = pytest.mark.usefixtures("aws")


def due_row(now: datetime) -> PersonRow:
    """Return a row that is due and was never tried."""
    row = PersonRow(partition(OWNER), SK, document="{}", version=1)
    set_due(row, "resolve", now)
    row.save()
    return row


def test_each_try_puts_a_row_off_for_longer_and_the_last_leaves_it_to_a_person() -> None:
    now = SystemClock().now().replace(microsecond=0)
    row = due_row(now)

    for number, span in enumerate(PUT_OFF_FOR, start=1):
        assert put_off(str(row.pk), SK, now)
        row.refresh(consistent_read=True)
        assert (row.tries, row.due_at) == (number, int((now + span).timestamp()))
        assert not is_stuck(row)
        assert put_off(str(row.pk), SK, now), "one that is not due yet is as it was"
        now += span

    assert not put_off(str(row.pk), SK, now)
    row.refresh(consistent_read=True)
    assert (row.due_at, row.due_key, is_stuck(row)) == (None, None, True)
    assert event_names(OWNER).count("outcome_needs_person") == 1


def test_a_row_that_is_gone_or_not_due_is_left_as_it_is() -> None:
    now = SystemClock().now()
    row = due_row(now + timedelta(hours=1))

    assert put_off(str(row.pk), SK, now)
    assert put_off(str(row.pk), "flow#gone", now)

    row.refresh(consistent_read=True)
    assert row.tries is None
