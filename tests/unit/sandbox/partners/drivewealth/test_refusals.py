"""What the simulated broker refuses: by its codes, its keys, its sessions."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.sandbox.partners.drivewealth.bench import ACCOUNT, Bench, application

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
def test_an_unknown_id_is_not_found(bench: Bench, path: str) -> None:
    assert bench.refusal("GET", path)[0] == 404


def test_a_deposit_is_no_redemption(bench: Bench) -> None:
    made = bench.ask("POST", "/funding/deposits", bench.order(bench.account(), 100))

    assert bench.refusal("GET", f"/funding/redemptions/{made['id']}") == (404, "P001")


@pytest.mark.parametrize(
    "amount", ["0", "-1", "0.001", "true", "null", '"1"', "1e400", "NaN", "9" * 5000, "1e999999999"]
)
def test_an_amount_that_is_none_is_refused(bench: Bench, amount: str) -> None:
    order = bench.order(bench.account(), 1)
    fields = ", ".join(f'"{name}": "{value}"' for name, value in order.items() if name != "amount")

    refused = bench.refusal("POST", "/funding/deposits", raw=f'{{{fields}, "amount": {amount}}}')

    assert refused == (400, "E400")
    assert not bench.broker.state.payments


@pytest.mark.parametrize("raw", ["{not json", "[]", '"text"', "[" * 100_000])
def test_a_body_that_cannot_be_read_is_refused(bench: Bench, raw: str) -> None:
    assert bench.refusal("POST", "/users", raw=raw) == (400, "E400")


@pytest.mark.parametrize(
    "change",
    [{"type": "WIRE"}, {"currency": "CAD"}, {"bankAccountID": None}, {"note": 7}],
    ids=lambda change: next(iter(change)),
)
def test_an_order_that_makes_no_sense_is_refused(bench: Bench, change: dict[str, Any]) -> None:
    order = bench.order(bench.account(), 1)

    assert bench.refusal("POST", "/funding/deposits", {**order, **change}) == (400, "E400")


def test_an_application_holds_documents_that_there_are(bench: Bench) -> None:
    strange = {"type": "SHOE_SIZE", "data": {}}

    assert bench.refusal("POST", "/users", {"documents": [strange]}) == (400, "E400")
    assert bench.refusal("POST", "/users", {"documents": []}) == (400, "E400")
    assert bench.refusal("POST", "/users", {}) == (400, "E400")


def test_a_picture_is_of_a_document_that_there_is(bench: Bench) -> None:
    body = {"userID": bench.person(), "type": "PASSPORT", "document": "data:image/png;base64,AA", "side": "FRONT"}

    for change in ({"type": "LIBRARY_CARD"}, {"side": "EDGE"}, {"document": "AA"}):
        assert bench.refusal("POST", "/documents", {**body, **change}) == (400, "E400")


def test_an_account_is_managed_and_for_cash(bench: Bench) -> None:
    body = {"userID": bench.person(), **ACCOUNT}

    assert bench.refusal("POST", "/accounts", {**body, "tradingType": "MARGIN"}) == (400, "E400")
    assert bench.refusal("POST", "/accounts", {**body, "userID": "nobody"}) == (404, "U001")


def test_an_account_without_new_trades_pays_out(bench: Bench) -> None:
    account = bench.account()
    bench.ask("POST", f"/accounts/{account['id']}/transactions", {"amount": 100, "comment": "some cash"})
    bench.broker.accounts.set_status(bench.broker.state.account(account["id"]), "OPEN_NO_NEW_TRADES")

    assert bench.ask("POST", "/funding/redemptions", bench.order(account, 1), key="a-key-of-16-letters")["id"]
    assert bench.refusal("POST", "/funding/deposits", bench.order(account, 1)) == (400, "E030")


@pytest.mark.parametrize("status", ["PENDING", "FROZEN", "CLOSED"])
def test_an_account_that_is_not_open_moves_no_money(bench: Bench, status: str) -> None:
    account = bench.account()
    order = bench.order(account, 1)
    bench.broker.accounts.set_status(bench.broker.state.account(account["id"]), status)

    assert bench.refusal("POST", "/funding/deposits", order) == (400, "E030")
    assert bench.refusal("POST", "/funding/redemptions", order) == (400, "E030")


def test_a_processor_token_that_plaid_does_not_know_is_refused(bench: Bench) -> None:
    body = {"userID": bench.person(), "plaidProcessorToken": "nonsense", "bankAccountNickname": "Mine"}

    assert bench.refusal("POST", "/bank-accounts", body) == (400, "K110")


def test_a_processor_token_may_go_bad_later(bench: Bench) -> None:
    order = bench.order(bench.account(), 1)
    bench.bad_tokens.add("processor-1")

    assert bench.refusal("POST", "/funding/deposits", order) == (400, "K110")


@pytest.mark.parametrize("kind", ["deposits", "redemptions"])
def test_a_day_has_a_limit_either_way(bench: Bench, kind: str) -> None:
    account = bench.account()
    bench.put_in(account, 1_000_000)
    bench.ask("POST", f"/funding/{kind}", bench.order(account, 30_000))

    answer = bench.answer("POST", f"/funding/{kind}", bench.order(account, 20_000.01))
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "E000")
    assert f"exceeds maximum daily ACH {kind[:-1]} transaction limit" in answer.json()["message"]
    bench.ask("POST", f"/funding/{kind}", bench.order(account, 20_000))
    bench.pass_by(days=1)

    bench.ask("POST", f"/funding/{kind}", bench.order(account, 50_000))


def test_what_is_not_there_cannot_be_redeemed(bench: Bench) -> None:
    account = bench.account()
    bench.put_in(account, 100)
    first, second = (bench.ask("POST", "/funding/redemptions", bench.order(account, 60)) for _ in range(2))

    bench.ask("PATCH", f"/funding/redemptions/{first['id']}", APPROVAL)

    assert bench.refusal("PATCH", f"/funding/redemptions/{second['id']}", APPROVAL) == (400, "Y075")


def test_a_redemption_is_answered_once(bench: Bench) -> None:
    account = bench.account()
    bench.put_in(account, 100)
    made = bench.ask("POST", "/funding/redemptions", bench.order(account, 60))
    assert bench.refusal("PATCH", f"/funding/redemptions/{made['id']}", {"status": "Successful"}) == (400, "E400")

    bench.ask("PATCH", f"/funding/redemptions/{made['id']}", APPROVAL)

    assert bench.refusal("PATCH", f"/funding/redemptions/{made['id']}", APPROVAL) == (400, "E032")


def test_a_key_gets_the_same_answer_for_four_days(bench: Bench) -> None:
    order = bench.order(bench.account(), 100)

    first = bench.ask("POST", "/funding/deposits", order, key="a-key")
    bench.pass_by(days=3, hours=23)
    assert bench.ask("POST", "/funding/deposits", order, key="a-key") == first
    assert bench.kinds().count("deposits.created") == 1
    bench.pass_by(hours=1)

    assert bench.ask("POST", "/funding/deposits", order, key="a-key")["id"] != first["id"]


def test_a_key_is_good_for_one_request_of_one_operation(bench: Bench) -> None:
    account = bench.account()
    bench.put_in(account, 1000)
    order = bench.order(account, 100)
    made = bench.ask("POST", "/funding/deposits", order, key="a-key")

    assert bench.refusal("POST", "/funding/deposits", {**order, "amount": 200}, key="a-key") == (400, "E400")
    assert bench.ask("POST", "/funding/redemptions", order, key="a-key")["id"] != made["id"]


def test_a_refused_request_may_be_made_again_under_its_key(bench: Bench) -> None:
    account = bench.account()
    order = bench.order(account, 100)
    bench.bad_tokens.add("processor-1")
    bench.refusal("POST", "/funding/deposits", order, key="a-key")
    bench.bad_tokens.clear()

    assert bench.ask("POST", "/funding/deposits", order, key="a-key")["status"]["message"] == "Pending"


@pytest.mark.parametrize("path", ["/users", "/accounts", "/bank-accounts", "/documents"])
def test_every_post_remembers_its_key(bench: Bench, path: str) -> None:
    user_id = bench.person()
    bodies: dict[str, Any] = {
        "/users": application(),
        "/accounts": {"userID": user_id, **ACCOUNT},
        "/bank-accounts": {"userID": user_id, "plaidProcessorToken": "processor-1", "bankAccountNickname": "Mine"},
        "/documents": {"userID": user_id, "type": "VISA", "document": "data:image/png;base64,AA", "side": "FRONT"},
    }

    first, second, other = (bench.ask("POST", path, bodies[path], key=key) for key in ("a", "a", "b"))

    assert first == second != other


def test_a_session_ends(bench: Bench) -> None:
    bench.wall.moment += timedelta(hours=2)

    assert bench.refusal("GET", "/users/nobody") == (401, "L025")
    bench.token = bench.log_in()["authToken"]
    assert bench.refusal("GET", "/users/nobody") == (404, "U001")


@pytest.mark.parametrize("token", ["", "session.of-somebody-else"])
def test_without_a_session_nothing_is_told(bench: Bench, token: str) -> None:
    bench.token = token

    assert bench.refusal("POST", "/users", application()) == (401, "L025")
    assert not bench.broker.state.users


def test_who_does_not_say_who_they_are_gets_no_session(bench: Bench) -> None:
    assert bench.refusal("POST", "/auth", {"appTypeID": 4, "username": "advisor"}) == (401, "L001")
    assert bench.refusal("POST", "/auth", raw="{not json") == (400, "E400")
