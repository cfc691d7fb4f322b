"""What the simulated broker refuses: by its codes, its keys, its sessions."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.sandbox.partners.drivewealth.harness import ACCOUNT, Harness, application

APPROVAL = {"status": "RIA_Approved"}


@pytest.mark.parametrize(
    "path",
    [
        "/users/nobody",
        "/users/nobody/kyc-status",
        "/users/nobody/accounts",
        "/users/nobody/documents",
        "/users/nobody/bank-accounts",
        "/users/nobody/funding/deposits",
        "/accounts/nothing",
        "/accounts/nothing/summary/money",
        "/accounts/nothing/summary/positions",
        "/funding/deposits/nothing",
        "/funding/redemptions/nothing",
    ],
)
def test_an_unknown_id_is_not_found(harness: Harness, path: str) -> None:
    assert harness.refusal("GET", path)[0] == 404


def test_a_deposit_is_no_redemption(harness: Harness) -> None:
    made = harness.ask("POST", "/funding/deposits", harness.order(harness.account(), 100))

    assert harness.refusal("GET", f"/funding/redemptions/{made['id']}") == (404, "P001")


@pytest.mark.parametrize(
    "amount", ["0", "-1", "0.001", "true", "null", '"1"', "1e400", "NaN", "9" * 5000, "1e999999999"]
)
def test_an_amount_that_is_none_is_refused(harness: Harness, amount: str) -> None:
    order = harness.order(harness.account(), 1)
    fields = ", ".join(f'"{name}": "{value}"' for name, value in order.items() if name != "amount")

    refused = harness.refusal("POST", "/funding/deposits", raw=f'{{{fields}, "amount": {amount}}}')

    assert refused == (400, "E400")
    assert not harness.broker.state.payments


@pytest.mark.parametrize("raw", ["{not json", "[]", '"text"', "[" * 100_000])
def test_a_body_that_cannot_be_read_is_refused(harness: Harness, raw: str) -> None:
    assert harness.refusal("POST", "/users", raw=raw) == (400, "E400")


@pytest.mark.parametrize(
    "change",
    [{"type": "WIRE"}, {"currency": "CAD"}, {"bankAccountID": None}, {"note": 7}],
    ids=lambda change: next(iter(change)),
)
def test_an_order_that_makes_no_sense_is_refused(harness: Harness, change: dict[str, Any]) -> None:
    order = harness.order(harness.account(), 1)

    assert harness.refusal("POST", "/funding/deposits", {**order, **change}) == (400, "E400")


def test_an_application_holds_documents_that_there_are(harness: Harness) -> None:
    strange = {"type": "SHOE_SIZE", "data": {}}

    assert harness.refusal("POST", "/users", {"documents": [strange]}) == (400, "E400")
    assert harness.refusal("POST", "/users", {"documents": []}) == (400, "E400")
    assert harness.refusal("POST", "/users", {}) == (400, "E400")


def test_a_picture_is_of_a_document_that_there_is(harness: Harness) -> None:
    body = {"userID": harness.person(), "type": "PASSPORT", "document": "data:image/png;base64,AA", "side": "FRONT"}

    for change in ({"type": "LIBRARY_CARD"}, {"side": "EDGE"}, {"document": "AA"}):
        assert harness.refusal("POST", "/documents", {**body, **change}) == (400, "E400")


def test_an_account_is_managed_and_for_cash(harness: Harness) -> None:
    body = {"userID": harness.person(), **ACCOUNT}

    assert harness.refusal("POST", "/accounts", {**body, "tradingType": "MARGIN"}) == (400, "E400")
    assert harness.refusal("POST", "/accounts", {**body, "userID": "nobody"}) == (404, "U001")


def test_an_account_without_new_trades_pays_out(harness: Harness) -> None:
    account = harness.account()
    harness.ask("POST", f"/accounts/{account['id']}/transactions", {"amount": 100, "comment": "some cash"})
    harness.broker.accounts.set_status(harness.broker.state.account(account["id"]), "OPEN_NO_NEW_TRADES")

    assert harness.ask("POST", "/funding/redemptions", harness.order(account, 1), key="a-key-of-16-letters")["id"]
    assert harness.refusal("POST", "/funding/deposits", harness.order(account, 1)) == (400, "E030")


@pytest.mark.parametrize("status", ["PENDING", "FROZEN", "CLOSED"])
def test_an_account_that_is_not_open_moves_no_money(harness: Harness, status: str) -> None:
    account = harness.account()
    order = harness.order(account, 1)
    harness.broker.accounts.set_status(harness.broker.state.account(account["id"]), status)

    assert harness.refusal("POST", "/funding/deposits", order) == (400, "E030")
    assert harness.refusal("POST", "/funding/redemptions", order) == (400, "E030")


def test_a_processor_token_that_plaid_does_not_know_is_refused(harness: Harness) -> None:
    body = {"userID": harness.person(), "plaidProcessorToken": "nonsense", "bankAccountNickname": "Mine"}

    assert harness.refusal("POST", "/bank-accounts", body) == (400, "K110")


def test_a_processor_token_may_go_bad_later(harness: Harness) -> None:
    order = harness.order(harness.account(), 1)
    harness.bad_tokens.add("processor-1")

    assert harness.refusal("POST", "/funding/deposits", order) == (400, "K110")


@pytest.mark.parametrize("kind", ["deposits", "redemptions"])
def test_a_day_has_a_limit_either_way(harness: Harness, kind: str) -> None:
    account = harness.account()
    harness.put_in(account, 1_000_000)
    harness.ask("POST", f"/funding/{kind}", harness.order(account, 30_000))

    answer = harness.answer("POST", f"/funding/{kind}", harness.order(account, 20_000.01))
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "E000")
    assert f"exceeds maximum daily ACH {kind[:-1]} transaction limit" in answer.json()["message"]
    harness.ask("POST", f"/funding/{kind}", harness.order(account, 20_000))
    harness.pass_by(days=1)

    harness.ask("POST", f"/funding/{kind}", harness.order(account, 50_000))


def test_what_is_not_there_cannot_be_redeemed(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)
    first, second = (harness.ask("POST", "/funding/redemptions", harness.order(account, 60)) for _ in range(2))

    harness.ask("PATCH", f"/funding/redemptions/{first['id']}", APPROVAL)

    assert harness.refusal("PATCH", f"/funding/redemptions/{second['id']}", APPROVAL) == (400, "Y075")


def test_a_redemption_is_answered_once(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)
    made = harness.ask("POST", "/funding/redemptions", harness.order(account, 60))
    assert harness.refusal("PATCH", f"/funding/redemptions/{made['id']}", {"status": "Successful"}) == (400, "E400")

    harness.ask("PATCH", f"/funding/redemptions/{made['id']}", APPROVAL)

    assert harness.refusal("PATCH", f"/funding/redemptions/{made['id']}", APPROVAL) == (400, "E032")


def test_a_key_gets_the_same_answer_for_four_days(harness: Harness) -> None:
    order = harness.order(harness.account(), 100)

    first = harness.ask("POST", "/funding/deposits", order, key="a-key")
    harness.pass_by(days=3, hours=23)
    assert harness.ask("POST", "/funding/deposits", order, key="a-key") == first
    assert harness.kinds().count("deposits.created") == 1
    harness.pass_by(hours=1)

    assert harness.ask("POST", "/funding/deposits", order, key="a-key")["id"] != first["id"]


def test_a_key_is_good_for_one_request_of_one_operation(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 1000)
    order = harness.order(account, 100)
    made = harness.ask("POST", "/funding/deposits", order, key="a-key")

    assert harness.refusal("POST", "/funding/deposits", {**order, "amount": 200}, key="a-key") == (400, "E400")
    assert harness.ask("POST", "/funding/redemptions", order, key="a-key")["id"] != made["id"]


def test_a_refused_request_may_be_made_again_under_its_key(harness: Harness) -> None:
    account = harness.account()
    order = harness.order(account, 100)
    harness.bad_tokens.add("processor-1")
    harness.refusal("POST", "/funding/deposits", order, key="a-key")
    harness.bad_tokens.clear()

    assert harness.ask("POST", "/funding/deposits", order, key="a-key")["status"]["message"] == "Pending"


@pytest.mark.parametrize("path", ["/users", "/accounts", "/bank-accounts", "/documents"])
def test_every_post_remembers_its_key(harness: Harness, path: str) -> None:
    user_id = harness.person()
    bodies: dict[str, Any] = {
        "/users": application(),
        "/accounts": {"userID": user_id, **ACCOUNT},
        "/bank-accounts": {"userID": user_id, "plaidProcessorToken": "processor-1", "bankAccountNickname": "Mine"},
        "/documents": {"userID": user_id, "type": "VISA", "document": "data:image/png;base64,AA", "side": "FRONT"},
    }

    first, second, other = (harness.ask("POST", path, bodies[path], key=key) for key in ("a", "a", "b"))

    assert first == second != other


def test_a_session_ends(harness: Harness) -> None:
    harness.wall.moment += timedelta(hours=2)

    assert harness.refusal("GET", "/users/nobody") == (401, "L025")
    harness.token = harness.log_in()["authToken"]
    assert harness.refusal("GET", "/users/nobody") == (404, "U001")


@pytest.mark.parametrize("token", ["", "session.of-somebody-else"])
def test_without_a_session_nothing_is_answered(harness: Harness, token: str) -> None:
    harness.token = token

    assert harness.refusal("POST", "/users", application()) == (401, "L025")
    assert not harness.broker.state.users


def test_who_does_not_say_who_they_are_gets_no_session(harness: Harness) -> None:
    assert harness.refusal("POST", "/auth", {"appTypeID": 4, "username": "advisor"}) == (401, "L001")
    assert harness.refusal("POST", "/auth", raw="{not json") == (400, "E400")
