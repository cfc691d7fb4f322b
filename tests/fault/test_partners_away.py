"""A partner that is away for a day: nothing is dead-lettered, and all that waited is done after it is back.

The worker edge, the job that sends again, the clients and the simulators are the real ones. A queue
whose worker calls a partner has a message here, or is listed as having none.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count

import pytest

from infra.catalogue import consumers
from infra.sandbox.faults import Fault
from tests.support.holdings import HoldingsWorld
from tests.support.world import World
from trading.platform.deferrals import waiting

FOR_EVER = 10**9
AWAY, BACK = timedelta(hours=24), timedelta(hours=26)
OWNER = "ada"
Prepare = Callable[[World], str]
_NUMBERS = count(1)


def reconciliation(_: World) -> str:
    return json.dumps({"owner": OWNER})


def account_event(world: World) -> str:
    (user_id,) = world.broker.state.users
    return broker_event("users.updated", {"userID": user_id})


def broker_event(kind: str, payload: Mapping[str, object]) -> str:
    event = {"id": f"event-{next(_NUMBERS)}", "type": kind, "timestamp": "2013-02-22T15:00:00Z", "payload": payload}
    return json.dumps(event)


WORK: Mapping[str, tuple[str, Prepare]] = {
    "account-reconciliations": ("drivewealth", reconciliation),
    "account-events": ("drivewealth", account_event),
}
"""What a message of each queue asks for, and the partner that it leads to."""

WITHOUT_MESSAGE = frozenset(
    {
        "account-snapshots",
        "balance-refreshes",
        "stripe-events",
        "kyc-submissions",
        "money-flow-events",
        "unknown-outcomes",
        "invoice-charges",
        "version-passes",
        "autopilot-events",
        "holding-events",
        "pushes",
        "session-entries",
        "position-exits",
        "position-sweeps",
        "session-closes",
        "portfolio-snapshots",
    }
)
"""Queues that stand on the edge's own tests alone: no message is made for them here."""


def test_every_queue_whose_worker_calls_a_partner_is_spoken_for() -> None:
    calling = {consumer.queue for _, consumer in consumers() if consumer.calls}

    assert calling == set(WORK) | WITHOUT_MESSAGE


@pytest.mark.parametrize("queue", sorted(WORK))
def test_a_day_without_a_partner_fails_no_message_and_all_is_done_after_it(world: World, queue: str) -> None:
    partner, prepare = WORK[queue]
    HoldingsWorld.of(world).funded()
    text = prepare(world)
    world.fail(partner, "*", Fault.HTTP_500, times=FOR_EVER)
    world.put(queue, text)
    world.work_off()

    pass_by(world, AWAY)

    (fault,) = world.faults.waiting()["items"]
    assert int(str(fault["times"])) < FOR_EVER
    assert (world.failures, world.dead_letters(queue)) == ([], [])
    world.faults.clear()
    pass_by(world, BACK)
    assert waiting() == ({}, None)
    assert (world.failures, world.dead_letters(queue)) == ([], [])


def pass_by(world: World, span: timedelta) -> None:
    """Let time pass as far as deferred messages are concerned: from one that is due to the next."""
    until = world.now + span
    while (due_at := waiting()[1]) is not None and due_at <= until:
        world._set_time(max(due_at, world.now))
        world.resend()
    world._set_time(until)
