"""Unknown outcomes of every kind over the real handlers: listed, refused while the partner knows them, settled."""

from typing import Any

import pytest

from sandbox.faults import Fault
from tests.support.calls import Answer
from tests.support.world import World

OPERATOR = {"role": "operator"}
FOREVER = 10_000


def listed(world: World) -> list[dict[str, Any]]:
    answer = world.call("list_unknowns", "olga", claims=OPERATOR)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def decide(world: World, unknown: dict[str, Any], decision: str, **more: Any) -> Answer:
    body = {"decision": decision, "reason": "a call with the broker", **more}
    unknown_id = unknown["unknown_id"]
    return world.call("decide_unknown", "olga", body=body, unknown_id=unknown_id, claims=OPERATOR)


def pass_a_week(world: World) -> None:
    """Let the resolver look as often as it does."""
    for span in ({"minutes": 2}, {"minutes": 6}, {"hours": 2}, *[{"hours": 25}] * 6):
        world.pass_by(**span)
        world.resolve()


def lose(world: World, operation: str, fault: Fault = Fault.DROP_BEFORE) -> None:
    """Have every request of a kind and every look-up come to nothing for a week."""
    world.fail("drivewealth", operation, fault, FOREVER)


def heal(world: World) -> None:
    world.faults.clear()


def test_a_submission_that_never_arrived_is_ended_and_submitted_again(world: World) -> None:
    lose(world, "create_user")
    world.submit()
    pass_a_week(world)
    heal(world)

    (unknown,) = listed(world)
    assert (unknown["kind"], unknown["profile_id"], unknown["status"]) == ("kyc_submission", "ada", "PROCESSING")
    assert unknown["age_seconds"] > 5 * 86_400
    answer = decide(world, unknown, "never_arrived")
    assert (answer.status, answer.body["status"]) == (200, "INFO_REQUIRED")

    assert listed(world) == []
    assert world.call("submit_kyc").status == 202
    world.work_off()
    world.pass_by(minutes=2)
    assert world.call("get_kyc_status").body["status"] == "APPROVED"


def test_a_submission_whose_answers_are_all_lost_is_known_by_the_brokers_event(world: World) -> None:
    lose(world, "create_user", Fault.DROP_AFTER)
    world.submit()
    world.pass_by(minutes=2)
    heal(world)

    assert world.call("get_kyc_status").body["status"] == "APPROVED"
    assert len(world.broker.state.users) == 1
    assert listed(world) == []


def test_an_opening_that_never_arrived_begins_anew(world: World) -> None:
    lose(world, "create_account")
    world.submit()
    world.pass_by(minutes=2)
    pass_a_week(world)
    heal(world)

    (unknown,) = listed(world)
    assert unknown["kind"] == "account_opening"
    assert decide(world, unknown, "never_arrived").status == 200
    world.resolve()
    world.pass_by(minutes=2)

    assert listed(world) == []
    assert [item["status"] for item in world.call("list_trading_accounts").body["items"]] == ["OPEN"]


def test_an_opening_that_did_arrive_is_taken_over(world: World) -> None:
    lose(world, "create_account", Fault.DROP_AFTER)
    emit = world.broker.emit
    world.broker.emit = lambda text: None if '"accounts.' in text else emit(text)
    world.submit()
    world.pass_by(minutes=1)
    lose(world, "get_status")
    pass_a_week(world)
    heal(world)
    (unknown,) = listed(world)
    (account_id,) = world.broker.state.accounts

    refused = decide(world, unknown, "never_arrived")
    assert (refused.status, refused.body["code"]) == (409, "partner_knows_it")
    answer = decide(world, unknown, "arrived", partner_reference=account_id)

    assert (answer.status, answer.body["status"]) == (200, "OPEN")
    assert [item["status"] for item in world.call("list_trading_accounts").body["items"]] == ["OPEN"]
    assert listed(world) == []


def test_a_bank_account_that_never_arrived_is_ended_and_connected_again(world: World) -> None:
    world.submit()
    world.pass_by(minutes=2)
    link = world.link()
    lose(world, "create_bank_account")
    assert world.add_account(link).status == 409
    pass_a_week(world)
    heal(world)

    (unknown,) = listed(world)
    assert (unknown["kind"], unknown["known"]["waits_for"]) == ("bank_registration", "registration")
    answer = decide(world, unknown, "never_arrived")
    assert (answer.status, answer.body["status"]) == (200, "failed")

    assert listed(world) == []
    assert world.add_account(link).status == 201


def stuck_deposit(world: World, fault: Fault) -> dict[str, Any]:
    bank = world.onboard()
    lose(world, "create_deposit", fault)
    lose(world, "get_status")
    events, world.broker.emit = world.broker.emit, lambda _: None
    assert world.move("deposit", 10_000, bank, key="the-key-of-a-deposit").status == 201
    for payment in world.broker.state.payments.values():
        payment.due = None
    pass_a_week(world)
    world.broker.emit = events
    heal(world)
    (unknown,) = listed(world)
    return unknown


def test_a_deposit_that_the_broker_knows_is_not_failed_but_taken_over(world: World) -> None:
    unknown = stuck_deposit(world, Fault.DROP_AFTER)
    (payment_id,) = world.broker.state.payments

    refused = decide(world, unknown, "never_arrived")
    assert (refused.status, refused.body["code"]) == (409, "partner_knows_it")
    wrong = decide(world, unknown, "arrived", partner_reference="a-payment-of-nobody")
    assert (wrong.status, wrong.body["code"]) == (409, "not_at_partner")

    answer = decide(world, unknown, "arrived", partner_reference=payment_id)
    assert (answer.status, answer.body["kind"], answer.body["status"]) == (200, "money_flow", "pending")
    assert answer.body["money_flow_id"] == unknown["money_flow_id"]
    assert listed(world) == []


def test_a_deposit_that_never_arrived_is_failed_once_the_broker_can_be_asked(world: World) -> None:
    unknown = stuck_deposit(world, Fault.DROP_BEFORE)
    lose(world, "get_status")

    away = decide(world, unknown, "never_arrived")
    assert (away.status, away.body["code"]) == (503, "unavailable")
    assert [waiting["unknown_id"] for waiting in listed(world)] == [unknown["unknown_id"]]
    heal(world)

    assert decide(world, unknown, "never_arrived").body["status"] == "failed"
    assert decide(world, unknown, "never_arrived").status == 404


def test_a_deposit_is_looked_for_again_and_left_again(world: World) -> None:
    unknown = stuck_deposit(world, Fault.DROP_BEFORE)

    assert decide(world, unknown, "look_again").body["status"] == "pending"
    assert listed(world) == []
    pass_a_week(world)

    assert [waiting["unknown_id"] for waiting in listed(world)] == [unknown["unknown_id"]]
    assert world.broker.state.payments == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "look_again"},
        {"decision": "resend", "reason": "x"},
        {"decision": "never_arrived", "reason": "x", "partner_reference": "payment-1"},
        {"decision": "arrived", "reason": "x", "partner_reference": ""},
        {"finding": "look_again", "reason": "x"},
    ],
)
def test_a_decision_that_is_none_is_refused(world: World, body: dict[str, object]) -> None:
    answer = world.call("decide_unknown", "olga", body=body, unknown_id="1", claims=OPERATOR)

    assert answer.status == 400
