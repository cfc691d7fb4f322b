import json

import pytest

from infra.catalogue import SHARDS as DECLARED
from trading.platform.outbox import SHARDS, OutboxEvent, OutboxRow, mark_sent, pending, put_event
from trading.platform.tables import Transaction

pytestmark = pytest.mark.usefixtures("aws")


def write(*subjects: str, name: str = "position_closed") -> None:
    transaction = Transaction()
    for subject in subjects:
        put_event(transaction, OutboxEvent(name, subject, {"cents": 5}))
    transaction.commit()


def test_an_event_is_an_envelope() -> None:
    event = OutboxEvent("position_closed", "portfolio#1", {"cents": 5})

    assert json.loads(event.to_json()) == {"id": event.event_id, "type": "position_closed", "payload": {"cents": 5}}


def test_an_id_belongs_to_a_name_and_a_subject() -> None:
    ids = {OutboxEvent(name, subject, {}).event_id for name in ("a", "b") for subject in ("1", "2")}

    assert len(ids) == 4
    assert OutboxEvent("a", "1", {}).event_id == OutboxEvent("a", "1", {"more": 1}).event_id


def test_a_step_that_is_done_again_writes_the_same_row() -> None:
    write("portfolio#1")
    write("portfolio#1")

    assert len(list(OutboxRow.scan())) == 1


def test_events_of_every_shard_are_pending_until_they_are_sent() -> None:
    write(*(f"portfolio#{number}" for number in range(40)))
    waiting = list(pending(100))
    assert len(waiting) == 40
    assert {row.pending_shard for row in waiting} == {f"pending#{number}" for number in range(SHARDS)}

    for row in waiting[:30]:
        mark_sent(row)
        mark_sent(row)

    assert {row.pk for row in pending(100)} == {row.pk for row in waiting[30:]}
    assert len(list(OutboxRow.scan())) == 40


def test_an_event_that_the_index_still_shows_is_not_sent_again() -> None:
    write(*(f"portfolio#{number}" for number in range(40)))
    found = pending(100)
    first = next(found)

    # The page of the index was read; meanwhile another run sends the rest of it.
    for row in OutboxRow.scan():
        mark_sent(row)

    assert first.pending_shard == "pending#0"
    assert list(found) == []


def test_there_are_as_many_shards_as_the_catalogue_says() -> None:
    assert SHARDS == DECLARED
