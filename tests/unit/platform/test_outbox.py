import json

import pytest

from infra.catalogue import FUNCTIONS
from tests.support.events import PositionClosed, sample
from trading.events import EVENTS
from trading.platform.domain_events import CANCELLING, QUEUES, DomainEvent, Lane
from trading.platform.outbox import OutboxEvent, OutboxRow, pending, pending_keys, put_event, save_all
from trading.platform.shards import SHARDS
from trading.platform.tables import Transaction

pytestmark = pytest.mark.usefixtures("aws")

CLOSED = PositionClosed()


def write(*subjects: str, record: DomainEvent = CLOSED) -> None:
    transaction = Transaction()
    for subject in subjects:
        put_event(transaction, OutboxEvent(record, subject))
    transaction.commit()


def all_pending() -> list[OutboxRow]:
    return [row for lane in Lane for key in pending_keys(lane) for row in pending(key, 100)]


def test_an_event_is_an_envelope() -> None:
    event = OutboxEvent(CLOSED, "portfolio#1")

    assert json.loads(event.to_json()) == {"id": event.event_id, "type": "position_closed", "payload": {"cents": 5}}


def test_an_id_belongs_to_a_name_and_a_subject() -> None:
    records = (CLOSED, sample("card_needed"))
    ids = {OutboxEvent(record, subject).event_id for record in records for subject in ("1", "2")}

    assert len(ids) == 4
    assert OutboxEvent(CLOSED, "1").event_id == OutboxEvent(PositionClosed(cents=6), "1").event_id


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
    write("portfolio#1", record=sample(name))

    (row,) = OutboxRow.scan()
    assert set(row.destinations) == set(EVENTS[name].queues()) <= QUEUES[Lane.URGENT]
    assert (row.lane, str(row.pending_key).partition("#")[0]) == ("urgent", "urgent")


def test_whatever_is_followed_by_who_cancels_is_urgent() -> None:
    cancelling = {record for record in EVENTS.values() if CANCELLING & set(record.subscribers)}
    urgent = {record for record in EVENTS.values() if record.lane() is Lane.URGENT}

    assert urgent == cancelling | {record for record in EVENTS.values() if record.halts_everybody}


def test_urgent_events_stand_in_no_queue_behind_ordinary_ones() -> None:
    urgent, ordinary = QUEUES[Lane.URGENT], QUEUES[Lane.ORDINARY]

    assert urgent & ordinary <= {"cash-events"}, "what follows cash stops nothing, and few events go there"
    assert urgent >= CANCELLING


@pytest.mark.parametrize("name", ["send_outbox", "relay_events", "relay_urgent_events"])
def test_who_carries_events_may_send_to_every_queue_that_they_go_to(name: str) -> None:
    (row,) = (row for row in FUNCTIONS if row.name == name)

    assert set(row.sends_to) == QUEUES[Lane.URGENT] | QUEUES[Lane.ORDINARY]
