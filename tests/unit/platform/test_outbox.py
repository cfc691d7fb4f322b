import json

import pytest

from infra.catalogue import FUNCTIONS
from infra.catalogue import SHARDS as DECLARED
from trading.platform.outbox import (
    FOLLOWED,
    SHARDS,
    STOPPING,
    Lane,
    OutboxEvent,
    OutboxRow,
    lane_of,
    pending,
    pending_keys,
    put_event,
    queues,
    save_all,
)
from trading.platform.tables import Transaction

pytestmark = pytest.mark.usefixtures("aws")


def write(*subjects: str, name: str = "position_closed") -> None:
    transaction = Transaction()
    for subject in subjects:
        put_event(transaction, OutboxEvent(name, subject, {"cents": 5}))
    transaction.commit()


def all_pending() -> list[OutboxRow]:
    return [row for lane in Lane for key in pending_keys(lane) for row in pending(key, 100)]


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
    waiting = all_pending()
    assert len(waiting) == 40
    assert {row.pending_key for row in waiting} == {f"ordinary#{number}" for number in range(SHARDS)}

    save_all(row.sent() for row in waiting[:30])
    save_all(row.sent() for row in waiting[:30])

    assert {row.pk for row in all_pending()} == {row.pk for row in waiting[30:]}
    assert len(list(OutboxRow.scan())) == 40


def test_a_page_of_pending_events_is_bounded_and_begins_with_the_oldest() -> None:
    write(*(f"portfolio#{number}" for number in range(40)))
    ordered = sorted(row.created_at for row in all_pending() if row.pending_key == "ordinary#0")

    assert [row.created_at for row in pending("ordinary#0", 3)] == ordered[:3]


@pytest.mark.parametrize(
    "name", ["trading_paused", "billing_hold_set", "deposit_returned", "all_trading_stopped", "all_money_stopped"]
)
def test_what_stops_money_or_entries_waits_in_a_lane_of_its_own(name: str) -> None:
    write("portfolio#1", name=name)

    (row,) = OutboxRow.scan()
    assert (row.lane, str(row.pending_key).partition("#")[0]) == ("urgent", "urgent")


def test_whatever_is_followed_by_who_cancels_is_urgent() -> None:
    stopping = {name for name, queues in FOLLOWED.items() if STOPPING & set(queues)}

    assert {name for name in FOLLOWED if lane_of(name) is Lane.URGENT} == stopping


def test_urgent_events_stand_in_no_queue_behind_ordinary_ones() -> None:
    urgent, ordinary = queues(Lane.URGENT), queues(Lane.ORDINARY)

    assert urgent & ordinary <= {"cash-events"}, "what follows cash stops nothing, and few events go there"
    assert urgent >= STOPPING


def test_there_are_as_many_shards_as_the_catalogue_says() -> None:
    assert SHARDS == DECLARED


@pytest.mark.parametrize("name", ["send_outbox", "relay_events", "relay_urgent_events"])
def test_who_carries_events_may_send_to_every_queue_that_they_go_to(name: str) -> None:
    (row,) = (row for row in FUNCTIONS if row.name == name)

    assert set(row.sends_to) == queues(Lane.URGENT) | queues(Lane.ORDINARY)
