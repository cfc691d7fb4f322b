"""Faults of the simulated broker: what a call did, and what became of its answer."""

import pytest

from sandbox.faults import Fault
from tests.unit.sandbox.partners.drivewealth.bench import Bench, application


def deposits(bench: Bench) -> int:
    return len(bench.broker.state.payments)


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.MALFORMED])
def test_a_lost_answer_is_of_a_call_that_took_effect(bench: Bench, fault: Fault) -> None:
    order = bench.order(bench.account(), 100)
    bench.faults.add("drivewealth", "create_deposit", fault, 1)

    lost = bench.answer("POST", "/funding/deposits", order, key="a-key")

    assert deposits(bench) == 1
    assert lost.text in {"", "{not json"}
    assert bench.ask("POST", "/funding/deposits", order, key="a-key")["note"] == "flow-1"
    assert deposits(bench) == 1


@pytest.mark.parametrize(("fault", "status"), [(Fault.DROP_BEFORE, 200), (Fault.HTTP_500, 500), (Fault.HTTP_429, 429)])
def test_a_call_that_fails_before_does_nothing(bench: Bench, fault: Fault, status: int) -> None:
    order = bench.order(bench.account(), 100)
    bench.faults.add("drivewealth", "create_deposit", fault, 1)

    failed = bench.answer("POST", "/funding/deposits", order, key="a-key")

    assert (failed.status_code, deposits(bench)) == (status, 0)
    bench.ask("POST", "/funding/deposits", order, key="a-key")
    assert deposits(bench) == 1


def test_slow_calls_take_effect(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.partners.failing.SLOW_SECONDS", 0)
    order = bench.order(bench.account(), 100)
    bench.faults.add("drivewealth", "create_deposit", Fault.SLOW, 1)

    bench.ask("POST", "/funding/deposits", order)

    assert deposits(bench) == 1


def test_the_states_of_things_share_one_operation(bench: Bench) -> None:
    account = bench.account()
    made = bench.ask("POST", "/funding/deposits", bench.order(account, 100))
    user = f"/users/{account['userID']}"
    paths = [
        f"/funding/deposits/{made['id']}",
        f"{user}/funding/deposits",
        f"{user}/kyc-status",
        f"{user}/accounts",
        f"/accounts/{account['id']}",
    ]
    bench.faults.add("drivewealth", "get_status", Fault.HTTP_500, len(paths))

    bench.ask("GET", f"/accounts/{account['id']}/summary/money")
    assert [bench.answer("GET", path).status_code for path in paths] == [500] * len(paths)
    bench.ask("GET", paths[0])


def test_a_star_stands_for_every_call(bench: Bench) -> None:
    account = bench.account()
    bench.faults.add("drivewealth", "*", Fault.HTTP_500, 2)

    assert bench.answer("GET", f"/accounts/{account['id']}/summary/money").status_code == 500
    assert bench.answer("GET", f"/users/{account['userID']}/documents").status_code == 500


def test_a_call_without_a_session_uses_up_no_fault(bench: Bench) -> None:
    bench.faults.add("drivewealth", "create_user", Fault.HTTP_500, 1)
    token, bench.token = bench.token, ""

    assert bench.refusal("POST", "/users", application()) == (401, "L025")
    bench.token = token
    assert bench.answer("POST", "/users", application()).status_code == 500
