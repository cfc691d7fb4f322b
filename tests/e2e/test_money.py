"""Accounts, banks and money as people meet them: the deployed template over HTTP, partners simulated.

The tests share one sandbox and its time, which only goes forward; each has people of its own.
"""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.client import SandboxClient, running_sandbox
from sandbox.people import FORM, Person

pytestmark = pytest.mark.e2e

DAY = 86_400


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with running_sandbox(tmp_path_factory.mktemp("money"), start="2013-02-19T15:00:00Z") as client:
        yield client


@pytest.fixture(scope="module")
def ada(sandbox: SandboxClient) -> Person:
    return Person(sandbox, "ada")


@pytest.fixture(scope="module")
def bank(ada: Person) -> str:
    return str(ada.onboard()["funding_account_id"])


def operator(sandbox: SandboxClient) -> str:
    return sandbox.token("an-operator", claims={"role": "operator"})


def answer_of(person: Person, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
    return person.sandbox.api(method, path, token=person.sandbox.token(person.uid), body=body, **more)


def asked(person: Person, what: str, body: object, key: str) -> httpx.Response:
    return answer_of(person, "POST", what, body, key=key)


def flow_of(person: Person, flow: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = person.call("GET", f"money-flows/{flow['money_flow_id']}")
    return found


def deposits_of(sandbox: SandboxClient, flow: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        deposit for deposit in sandbox.control("GET", "effects")["deposits"] if flow["money_flow_id"] in deposit["refs"]
    ]


def test_a_person_goes_from_a_token_to_money_moved_in_and_out(sandbox: SandboxClient, ada: Person, bank: str) -> None:
    assert ada.call("GET", "profile")["kyc_status"] == "APPROVED"
    assert ada.account()["status"] == "OPEN"
    deposit = ada.move("deposits", 500_050, bank, key="the-first-deposit")
    assert deposit["status"] == "pending"

    ada.wait(5 * DAY)

    assert flow_of(ada, deposit)["status"] == "success"
    assert ada.account()["buying_power_cents"] == 500_050
    withdrawal = ada.move("withdrawals", 100_000, bank, key="the-first-withdrawal")
    assert ada.account()["buying_power_cents"] == 400_050
    ada.wait(5 * DAY)
    assert [step["status"] for step in flow_of(ada, withdrawal)["timeline"]] == ["pending", "approved", "success"]
    assert ada.account()["cash_balance_cents"] == 400_050
    flows = ada.call("GET", "money-flows")["items"]
    assert [flow["money_flow_id"] for flow in flows] == [withdrawal["money_flow_id"], deposit["money_flow_id"]]
    assert sandbox.control("GET", "ledger/check")["balanced"]


@pytest.mark.parametrize(
    "raw",
    ["0", "-1", "99", "99.5", '"10000"', "true", "1e400", "NaN", "null", "9" * 5000, "[]"],
    ids=lambda raw: raw[:8],
)
def test_an_amount_that_is_none_is_the_clients_mistake(
    sandbox: SandboxClient, ada: Person, bank: str, raw: str
) -> None:
    body = f'{{"amount_cents": {raw}, "funding_account_id": "{bank}"}}'
    headers = {
        "Authorization": f"Bearer {sandbox.token('ada')}",
        "Idempotency-Key": "a-key-for-nonsense",
        "Content-Type": "application/json",
    }
    for what in ("deposits", "withdrawals"):
        answer = sandbox.http.post(f"/api/{what}", content=body, headers=headers)
        assert answer.status_code == 400, answer.text


def test_a_missing_amount_or_key_is_the_clients_mistake(ada: Person, bank: str) -> None:
    assert asked(ada, "deposits", {"funding_account_id": bank}, "a-key-for-nothing").status_code == 400
    assert answer_of(ada, "POST", "deposits", {"amount_cents": 100, "funding_account_id": bank}).status_code == 400


def test_a_foreign_and_an_absent_bank_account_look_alike(sandbox: SandboxClient, ada: Person, bank: str) -> None:
    mallory = Person(sandbox, "mallory")
    mallory.onboard(institution="Second Platypus Bank")
    answers = [
        asked(mallory, "deposits", {"amount_cents": 100, "funding_account_id": funding_account_id}, "a-key-for-mallory")
        for funding_account_id in (bank, "f" * 32, "nonsense", "é" * 2000)
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_who_is_not_approved_moves_no_money(sandbox: SandboxClient, bank: str) -> None:
    answer = asked(Person(sandbox, "nobody"), "deposits", {"amount_cents": 100, "funding_account_id": bank}, "k" * 16)

    assert (answer.status_code, answer.json()["code"]) == (409, "account_not_open")


def test_a_pause_by_an_operator_stops_money_until_it_is_lifted(sandbox: SandboxClient, ada: Person, bank: str) -> None:
    token, body = operator(sandbox), {"amount_cents": 100, "funding_account_id": bank}
    paused = sandbox.api("POST", "operator/people/ada/pause", token=token, body={"reason": "a call from the bank"})
    assert paused.status_code == 200, paused.text

    assert asked(ada, "deposits", body, "a-key-while-paused").json()["code"] == "trading_paused"
    assert ada.call("GET", "profile")["trading_paused"]

    sandbox.api("POST", "operator/people/ada/resume", token=token, body={"reason": "it was a mistake"})
    assert asked(ada, "deposits", body, "a-key-after-the-pause").status_code == 201


def test_operators_routes_are_for_operators(sandbox: SandboxClient) -> None:
    answer = sandbox.api("GET", "operator/discrepancies", token=sandbox.token("ada"))

    assert answer.status_code == 403


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "http_500", "malformed", "slow", "http_429"])
def test_whatever_the_broker_does_there_is_one_deposit(
    sandbox: SandboxClient, ada: Person, bank: str, fault: str
) -> None:
    sandbox.control(
        "POST", "faults", {"partner": "drivewealth", "operation": "create_deposit", "fault": fault, "times": 1}
    )
    body = {"amount_cents": 30_000, "funding_account_id": bank}
    answer = asked(ada, "deposits", body, f"a-deposit-under-{fault}")
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "pending"
    sandbox.control("DELETE", "faults")

    again = asked(ada, "deposits", body, f"a-deposit-under-{fault}")
    ada.wait(900)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["money_flow_id"] == answer.json()["money_flow_id"]
    assert len(deposits_of(sandbox, answer.json())) == 1


def test_a_key_with_another_body_is_refused(ada: Person, bank: str) -> None:
    body = {"amount_cents": 200, "funding_account_id": bank}
    first = asked(ada, "deposits", body, "one-key-two-bodies")
    second = asked(ada, "deposits", {**body, "amount_cents": 300}, "one-key-two-bodies")

    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (422, "idempotency_key_reused")


def test_limits_and_balances_are_told_apart(sandbox: SandboxClient) -> None:
    carl = Person(sandbox, "carl")
    mine = carl.onboard(balance_cents=10_000_000, institution="Third Platypus Bank")["funding_account_id"]

    beyond = asked(carl, "deposits", {"amount_cents": 5_000_001, "funding_account_id": mine}, "beyond-the-limit")
    assert (beyond.status_code, beyond.json()["code"]) == (409, "limit_exceeded")
    nothing = asked(carl, "withdrawals", {"amount_cents": 100, "funding_account_id": mine}, "nothing-to-withdraw")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "insufficient_funds")
    assert (
        asked(
            carl, "deposits", {"amount_cents": 5_000_000, "funding_account_id": mine}, "to-the-limit-of-it"
        ).status_code
        == 201
    )


def test_a_returned_deposit_takes_the_cash_and_pauses_until_an_operator_lifts_it(sandbox: SandboxClient) -> None:
    dora = Person(sandbox, "dora")
    mine = dora.onboard(institution="Fourth Platypus Bank")["funding_account_id"]
    deposit = dora.move("deposits", 40_000, mine, key="a-deposit-to-return")
    dora.wait(5 * DAY)
    assert dora.account()["buying_power_cents"] == 40_000

    sandbox.control("POST", f"drivewealth/money-flows/{deposit['money_flow_id']}", {"status": "RETURNED"})

    assert flow_of(dora, deposit)["status"] == "returned"
    assert dora.account()["buying_power_cents"] == 0
    assert dora.call("GET", "profile")["trading_paused"]
    refused = asked(dora, "withdrawals", {"amount_cents": 100, "funding_account_id": mine}, "a-key-while-paused")
    assert refused.json()["code"] == "trading_paused"
    assert sandbox.control("GET", "ledger/check")["balanced"]


def test_a_denied_person_reads_why_and_may_try_again(sandbox: SandboxClient) -> None:
    eve = Person(sandbox, "eve")
    eve.call("PATCH", "kyc/form", dict(FORM))
    assert eve.call("POST", "kyc/submissions")["status"] == "PROCESSING"
    sandbox.control("POST", "drivewealth/kyc/eve", {"status": "DENIED", "errors": ["K102", "K999"]})

    status = eve.call("GET", "kyc/status")

    assert status["status"] == "DENIED"
    assert status["errors"][0]["code"] == "SSN_NOT_MATCH"
    assert len(status["errors"]) == 2


def test_events_that_are_nobodys_are_parked_and_hold_nobody_up(sandbox: SandboxClient, ada: Person, bank: str) -> None:
    flow = ada.move("deposits", 12_300, bank, key="a-deposit-among-strangers")
    before = sandbox.control("POST", "queues/drain", {"wait_retries": True})["dead_letters"]
    foreign = {
        "id": "event_1",
        "type": "deposits.updated",
        "timestamp": "2013-02-19T15:00:00.000000001Z",
        "payload": {"paymentID": "theirs", "amount": 1, "status": 2, "statusMessage": "Successful", "note": "theirs"},
    }
    sandbox.control(
        "POST", "queues/broker-events/messages", ["{not json", {**foreign, "type": "moons.created"}, foreign]
    )
    sandbox.control("POST", f"drivewealth/money-flows/{flow['money_flow_id']}", {"status": "SUCCESSFUL"})

    after = sandbox.control("POST", "queues/drain", {"wait_retries": True})["dead_letters"]

    assert after.get("broker-events", 0) - before.get("broker-events", 0) == 2
    assert after.get("money-flow-events", 0) - before.get("money-flow-events", 0) == 1
    assert flow_of(ada, flow)["status"] == "success"


def test_linking_and_withdrawing_need_a_recent_sign_in(sandbox: SandboxClient, bank: str) -> None:
    old = sandbox.token("ada", claims={"auth_time": int(time.time()) - 901})
    body = {"amount_cents": 100, "funding_account_id": bank}
    answers = [
        sandbox.api("POST", "withdrawals", token=old, body=body, key="a-key-of-long-ago"),
        sandbox.api("POST", "bank-links", token=old, body={}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (403, "reauthentication_required")
    ] * 2


def test_a_webhook_without_a_signature_is_refused(sandbox: SandboxClient) -> None:
    answer = sandbox.http.post("/webhooks/plaid", json={"webhook_type": "ITEM", "item_id": "x"})

    assert answer.status_code == 400


def test_a_bank_that_wants_a_new_sign_in_is_flagged_by_its_webhook(
    sandbox: SandboxClient, ada: Person, bank: str
) -> None:
    (account,) = [item for item in ada.call("GET", "funding-accounts")["items"] if item["funding_account_id"] == bank]
    assert account["needs_reauth"] is False


def test_money_in_flight_keeps_its_bank_account(ada: Person, bank: str) -> None:
    ada.move("deposits", 700, bank, key="a-deposit-in-flight")

    answer = answer_of(ada, "DELETE", f"funding-accounts/{bank}")

    assert answer.status_code == 409


def test_a_relink_at_another_bank_is_refused_and_at_the_same_one_taken(sandbox: SandboxClient) -> None:
    cleo = Person(sandbox, "cleo-who-relinks")
    bank = cleo.onboard()
    link_id, accounts = bank["bank_link_id"], [{"name": "Checking", "mask": "0000", "balance_cents": 7_00}]

    def relink(institution: str) -> httpx.Response:
        shown = {"institution": institution, "bank_link_id": link_id, "accounts": accounts}
        made = sandbox.control("POST", "plaid/public-tokens", shown)
        body = {"public_token": made["public_token"], "bank_link_id": link_id}
        return sandbox.api("POST", "bank-links/exchange", token=sandbox.token(cleo.uid), body=body)

    refused = relink("Second Platypus Bank")
    taken = relink("First Platypus Bank")

    assert (refused.status_code, refused.json()["code"]) == (409, "other_institution")
    assert (taken.status_code, taken.json()["accounts"]) == (201, [])
    (listed,) = cleo.call("GET", "funding-accounts")["items"]
    assert (listed["funding_account_id"], listed["needs_reauth"]) == (bank["funding_account_id"], False)
