"""Faults of the simulated broker: what a call did, and what became of its answer."""

import pytest

from sandbox.faults import Fault
from tests.unit.sandbox.partners.drivewealth.harness import Harness, application


def deposits(harness: Harness) -> int:
    return len(harness.broker.state.payments)


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.MALFORMED])
def test_a_lost_answer_is_of_a_call_that_took_effect(harness: Harness, fault: Fault) -> None:
    order = harness.order(harness.account(), 100)
    harness.faults.add("drivewealth", "create_deposit", fault, 1)

    lost = harness.answer("POST", "/funding/deposits", order, key="a-key")

    assert deposits(harness) == 1
    assert lost.text in {"", "{not json"}
    assert harness.ask("POST", "/funding/deposits", order, key="a-key")["note"] == "flow-1"
    assert deposits(harness) == 1


@pytest.mark.parametrize(("fault", "status"), [(Fault.DROP_BEFORE, 200), (Fault.HTTP_500, 500), (Fault.HTTP_429, 429)])
def test_a_call_that_fails_before_does_nothing(harness: Harness, fault: Fault, status: int) -> None:
    order = harness.order(harness.account(), 100)
    harness.faults.add("drivewealth", "create_deposit", fault, 1)

    failed = harness.answer("POST", "/funding/deposits", order, key="a-key")

    assert (failed.status_code, deposits(harness)) == (status, 0)
    harness.ask("POST", "/funding/deposits", order, key="a-key")
    assert deposits(harness) == 1


def test_slow_calls_take_effect(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.partners.failing.SLOW_SECONDS", 0)
    order = harness.order(harness.account(), 100)
    harness.faults.add("drivewealth", "create_deposit", Fault.SLOW, 1)

    harness.ask("POST", "/funding/deposits", order)

    assert deposits(harness) == 1


def test_the_states_of_things_share_one_operation(harness: Harness) -> None:
    account = harness.account()
    made = harness.ask("POST", "/funding/deposits", harness.order(account, 100))
    user = f"/users/{account['userID']}"
    paths = [
        f"/funding/deposits/{made['id']}",
        f"{user}/funding/deposits",
        f"{user}/kyc-status",
        f"{user}/accounts",
        f"/accounts/{account['id']}",
    ]
    harness.faults.add("drivewealth", "get_status", Fault.HTTP_500, len(paths))

    harness.ask("GET", f"/accounts/{account['id']}/summary/money")
    assert [harness.answer("GET", path).status_code for path in paths] == [500] * len(paths)
    harness.ask("GET", paths[0])


def test_a_star_stands_for_every_call(harness: Harness) -> None:
    account = harness.account()
    harness.faults.add("drivewealth", "*", Fault.HTTP_500, 2)

    assert harness.answer("GET", f"/accounts/{account['id']}/summary/money").status_code == 500
    assert harness.answer("GET", f"/users/{account['userID']}/documents").status_code == 500


def test_a_call_without_a_session_uses_up_no_fault(harness: Harness) -> None:
    harness.faults.add("drivewealth", "create_user", Fault.HTTP_500, 1)
    token, harness.token = harness.token, ""

    assert harness.refusal("POST", "/users", application()) == (401, "L025")
    harness.token = token
    assert harness.answer("POST", "/users", application()).status_code == 500
