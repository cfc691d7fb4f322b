"""A person whom the resolver left to an operator is found through `unknowns` and let go."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.client import SandboxClient, running_sandbox
from sandbox.people import FORM, Person

pytestmark = pytest.mark.e2e

DAY, FOREVER = 86_400, 1_000


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with running_sandbox(tmp_path_factory.mktemp("unknowns"), start="2013-02-19T15:00:00Z") as client:
        yield client


def asked(sandbox: SandboxClient, method: str, path: str, body: object = None) -> httpx.Response:
    token = sandbox.token("an-operator", claims={"role": "operator"})
    return sandbox.api(method, f"operator/{path}", token=token, body=body)


def decided(sandbox: SandboxClient, unknown: dict[str, Any], decision: str) -> httpx.Response:
    body = {"decision": decision, "reason": "a call with the broker"}
    return asked(sandbox, "POST", f"unknowns/{unknown['unknown_id']}/resolve", body)


def test_people_whose_requests_were_lost_for_days_are_found_and_let_go(sandbox: SandboxClient) -> None:
    bob, eve = Person(sandbox, "bob"), Person(sandbox, "eve")
    bank = bob.onboard()["funding_account_id"]
    for operation in ("create_user", "create_deposit"):
        fault = {"partner": "drivewealth", "operation": operation, "fault": "drop_before", "times": FOREVER}
        sandbox.control("POST", "faults", fault)
    flow = bob.move("deposits", 12_300, bank, key="a-deposit-that-is-lost")
    eve.call("PATCH", "kyc/form", FORM)
    eve.call("POST", "kyc/submissions")
    sandbox.control("POST", "clock", {"advance_seconds": 6 * DAY})
    sandbox.control("DELETE", "faults")

    listed = asked(sandbox, "GET", "unknowns").json()["items"]
    found = {unknown["profile_id"]: unknown for unknown in listed}
    assert {key: unknown["kind"] for key, unknown in found.items()} == {"bob": "money_flow", "eve": "kyc_submission"}
    for unknown in listed:
        answer = decided(sandbox, unknown, "never_arrived")
        assert answer.status_code == 200, answer.text

    assert asked(sandbox, "GET", "unknowns").json()["items"] == []
    assert bob.call("GET", f"money-flows/{flow['money_flow_id']}")["status"] == "failed"
    eve.call("POST", "kyc/submissions")
    sandbox.control("POST", "queues/drain")
    eve.wait(120)
    assert eve.call("GET", "profile")["kyc_status"] == "APPROVED"
    assert sandbox.control("GET", "ledger/check")["balanced"]
