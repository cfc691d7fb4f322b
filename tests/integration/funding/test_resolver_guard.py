"""A record whose resolving only ever raises, of whatever kind, is tried later and later, then left to a person."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.support.calls import Answer
from tests.support.events import event_names
from tests.support.world import World
from trading.platform.clock import current_clock
from trading.platform.due import PUT_OFF_FOR, put_off
from trading.platform.people import PersonRow, partition, set_due

OPERATOR = {"role": "operator"}


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
    assert event_names("poor").count("outcome_needs_person") == 1
    assert_can_be_decided(world, row)


def assert_can_be_decided(world: World, row: PersonRow) -> None:
    """Have an operator find a stuck record, which nobody can read, and have it tried again."""
    (unknown,) = listed(world)
    assert (unknown["profile_id"], unknown["status"]) == ("poor", "stuck")
    for decision in ("never_arrived", "arrived"):
        answer = decide(world, unknown, decision)
        assert (answer.status, answer.body["code"]) == (409, "look_again_only")
    assert decide(world, unknown, "look_again").status == 200
    assert listed(world) == []

    row.refresh(consistent_read=True)
    assert (row.tries, row.due_at) == (None, int(current_clock().now().timestamp()))
    for span in (*PUT_OFF_FOR, timedelta(days=1)):
        world.resolve()
        world.pass_by(seconds=int(span.total_seconds()) + 1)
    assert len(listed(world)) == 1
    assert event_names("poor").count("outcome_needs_person") == 2


def listed(world: World) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = world.call("list_unknowns", "olga", claims=OPERATOR).body["items"]
    return items


def decide(world: World, unknown: dict[str, Any], decision: str) -> Answer:
    body = {"decision": decision, "reason": "it was mended"}
    unknown_id = unknown["unknown_id"]
    return world.call("decide_unknown", "olga", body=body, unknown_id=unknown_id, claims=OPERATOR)


@pytest.mark.parametrize("decision", ["never_arrived", "look_again"])
def test_a_stuck_record_that_can_be_read_is_decided_like_any_other(world: World, decision: str) -> None:
    bank = world.onboard()
    world.fail("drivewealth", "create_deposit", Fault.DROP_BEFORE, 1)
    flow = world.move("deposit", 10_000, bank, key="a-deposit-that-is-stuck").body
    row = PersonRow.get(partition("ada"), f"flow#{flow['money_flow_id']}")
    row.tries = len(PUT_OFF_FOR)
    row.save()
    world.pass_by(minutes=2)
    world.resolve()

    (unknown,) = listed(world)
    assert (unknown["money_flow_id"], unknown["amount_cents"]) == (flow["money_flow_id"], 10_000)
    assert decide(world, unknown, decision).status == 200

    assert listed(world) == []
    world.resolve()
    status = world.call("get_money_flow", money_flow_id=flow["money_flow_id"]).body["status"]
    assert status == ("failed" if decision == "never_arrived" else "pending")
    assert len(world.broker.state.payments) == (decision == "look_again")


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
