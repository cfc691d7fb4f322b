"""The shapes of the simulated broker: what REST answers and what events tell, field by field."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.partners.drivewealth import wire
from infra.sandbox.partners.drivewealth.broker import Broker
from infra.sandbox.partners.drivewealth.outcomes import BrokerError

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
APPLICATION: Mapping[str, Any] = {
    "userType": "INDIVIDUAL_TRADER",
    "wlpID": "EXMP",
    "parentIBID": "parent",
    "documents": [
        {"type": "BASIC_INFO", "data": {"firstName": "Jane", "lastName": "Doe", "emailAddress": "jane@example.com"}},
        {"type": "IDENTIFICATION_INFO", "data": {"value": "123456789", "type": "SSN"}},
    ],
}


class Bench:
    """A broker with its clock and what it told."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.told: list[dict[str, Any]] = []
        self.broker = Broker.in_folder(
            folder,
            afresh=True,
            now=lambda: self.now,
            emit=lambda text: self.told.append(json.loads(text)),
            knows_token=lambda token: token.startswith("processor-"),
        )

    def person(self, last_name: str = "Doe") -> str:
        application = json.loads(json.dumps(APPLICATION))
        application["documents"][0]["data"]["lastName"] = last_name
        return str(self.broker.create_user(application)["id"])

    def account(self, last_name: str = "Doe") -> dict[str, Any]:
        user_id = self.person(last_name)
        self.pass_by(timedelta(minutes=1))
        opened = self.broker.open_account({"userID": user_id})
        self.pass_by(timedelta(minutes=1))
        return opened

    def order(self, account: Mapping[str, Any], amount: int) -> dict[str, Any]:
        token = {"userID": account["userID"], "plaidProcessorToken": "processor-1", "bankAccountNickname": "Mine"}
        bank = self.broker.add_bank_account(token)
        return {"accountNo": account["accountNo"], "amount": amount, "bankAccountID": bank["id"], "note": "flow-1"}

    def pass_by(self, span: timedelta) -> None:
        until = self.now + span
        while (at := self.broker.next_at()) is not None and at <= until:
            self.now = at
            self.broker.advance(at)
        self.now = until

    def last(self, kind: str) -> dict[str, Any]:
        return next(each["payload"] for each in reversed(self.told) if each["type"] == kind)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def refusal(bench: Bench, act: Any) -> tuple[int, str]:
    with pytest.raises(BrokerError) as refused:
        act()
    return refused.value.status, refused.value.code


def test_a_user_shows_no_tax_id(bench: Bench) -> None:
    user = wire.user(bench.broker.user(bench.person()))

    assert user["idNo"] == "****6789"
    assert user["status"] == {"name": "PENDING", "description": "User is pending approval."}
    assert {"id", "firstName", "lastName", "email", "userType", "createdWhen", "updatedWhen"} <= user.keys()
    assert "123456789" not in json.dumps(user)


def test_a_new_user_is_told_with_status_and_without_documents(bench: Bench) -> None:
    user_id = bench.person()

    told = bench.last("users.created")
    assert told == {
        "firstName": "Jane",
        "lastName": "Doe",
        "email": "jane@example.com",
        "userID": user_id,
        "status": {"name": "PENDING", "description": "User is pending approval."},
    }


def test_an_approval_comes_within_a_minute_as_two_events(bench: Bench) -> None:
    user_id = bench.person()

    bench.pass_by(timedelta(minutes=1))

    assert wire.kyc(bench.broker.user(user_id))["kyc"]["status"] == {"name": "KYC_APPROVED"}
    assert bench.last("users.updated")["current"]["status"]["name"] == "APPROVED"
    assert bench.last("users.updated")["previous"]["status"]["name"] == "PENDING"
    assert bench.last("kyc.updated")["current"]["status"] == "KYC_APPROVED"


def test_a_denial_has_codes_in_rest_and_names_in_events(bench: Bench) -> None:
    user_id = bench.person("Denied")
    bench.pass_by(timedelta(minutes=1))

    told = wire.kyc(bench.broker.user(user_id))["kyc"]
    assert told["status"] == {"name": "KYC_DENIED"}
    assert told["statusComment"]
    assert [error["code"] for error in told["errors"]] == ["K102"]
    event = bench.last("kyc.updated")
    assert event["current"]["details"] == ["SSN_NOT_MATCH"]
    assert event["previous"]["status"] == "KYC_PROCESSING"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Review", "KYC_MANUAL_REVIEW"),
        ("Info", "KYC_MANUAL_REVIEW"),
        ("Document", "KYC_DOC_REQUIRED"),
        ("Waiting", "KYC_PROCESSING"),
        ("N" * 37, "KYC_INFO_REQUIRED"),
    ],
)
def test_names_pick_outcomes(bench: Bench, name: str, status: str) -> None:
    user_id = bench.person(name)
    bench.pass_by(timedelta(minutes=1))

    assert bench.broker.user(user_id).kyc == status


def test_an_account_is_pending_first_and_its_events_hold_ids_alone(bench: Bench) -> None:
    user_id = bench.person()
    opened = bench.broker.open_account({"userID": user_id})

    assert opened["status"]["name"] == "PENDING"
    assert opened["accountMgmtType"]["name"] == "RIA_MANAGED"
    assert opened["tradingType"]["name"] == "CASH"
    ids = {"accountNo": opened["accountNo"], "accountID": opened["id"], "userID": user_id}
    assert bench.last("accounts.created") == ids
    bench.pass_by(timedelta(minutes=1))
    assert wire.account(bench.broker.account(opened["id"]))["status"]["name"] == "OPEN"
    assert bench.last("accounts.updated") == ids


def test_a_bank_account_is_masked(bench: Bench) -> None:
    account = bench.account()
    body = {"userID": account["userID"], "plaidProcessorToken": "processor-1", "bankAccountNickname": "Mine"}

    told = bench.broker.add_bank_account(body)

    assert told["id"].startswith("bank_")
    assert told["bankAccountDetails"]["bankAccountNumber"].startswith("****")
    assert told["bankAccountDetails"]["bankAccountNickname"] == "Mine"
    assert "processor-1" not in json.dumps(told)


def test_a_deposit_has_one_shape_in_rest_and_another_in_events(bench: Bench) -> None:
    account = bench.account()
    made = bench.broker.pay("DEPOSIT", bench.order(account, 100))

    assert made["status"] == {"id": 1, "message": "Pending", "comment": "", "updated": made["status"]["updated"]}
    assert (made["amount"], made["note"], made["currency"]["name"]) == (100.0, "flow-1", "USD")
    assert made["accountDetails"]["accountID"] == account["id"]
    event = bench.last("deposits.created")
    assert (event["status"], event["statusMessage"], event["amount"]) == (1, "Pending", 100.0)
    assert (event["paymentID"], event["note"], event["accountID"]) == (made["id"], "flow-1", account["id"])
    assert "fees" not in event


def test_a_deposit_succeeds_after_three_business_days(bench: Bench) -> None:
    account = bench.account()
    made = bench.broker.pay("DEPOSIT", bench.order(account, 100))

    bench.pass_by(timedelta(days=2, hours=23))
    assert bench.broker.account(account["id"]).cash_cents == 0
    bench.pass_by(timedelta(hours=2))

    assert bench.broker.account(account["id"]).cash_cents == 10_000
    assert bench.last("deposits.updated")["statusMessage"] == "Successful"
    assert bench.last("deposits.updated")["finTranRef"]
    assert wire.money(bench.broker.account(account["id"]), bench.now)["cash"]["cashBalance"] == 100.0
    assert made["id"] == bench.last("deposits.updated")["paymentID"]


def test_a_return_is_in_capitals_in_events_and_takes_the_cash(bench: Bench) -> None:
    account = bench.account()
    made = bench.broker.pay("DEPOSIT", bench.order(account, 100))
    payment = bench.broker.payment(made["id"], "DEPOSIT")
    bench.broker.move(payment, wire.SUCCESSFUL)
    bench.broker.account(account["id"]).cash_cents -= 9_000

    bench.broker.move(payment, wire.RETURNED)

    assert bench.last("deposits.updated")["statusMessage"] == "RETURNED"
    assert wire.payment(payment, bench.broker.account(account["id"]))["status"]["message"] == "Returned"
    assert bench.broker.account(account["id"]).cash_cents == -9_000


def test_a_redemption_waits_for_its_advisor_and_shows_negative(bench: Bench) -> None:
    account = bench.account()
    bench.broker.account(account["id"]).cash_cents = 10_000
    made = bench.broker.pay("REDEMPTION", bench.order(account, 40))

    assert (made["amount"], made["status"]["id"], made["status"]["message"]) == (-40.0, 11, "RIA_Pending")
    assert bench.last("redemptions.created")["amount"] == -40.0
    bench.pass_by(timedelta(days=10))
    assert bench.broker.payment(made["id"], "REDEMPTION").status == wire.RIA_PENDING

    told = bench.broker.approve(made["id"], {"status": "RIA_Approved", "statusComment": "Updated by advisor"})
    assert told["status"]["message"] == "RIA_Approved"
    assert refusal(bench, lambda: bench.broker.approve(made["id"], {"status": "RIA_Approved"})) == (400, "E032")
    bench.pass_by(timedelta(days=5))
    assert bench.broker.account(account["id"]).cash_cents == 6_000


def test_a_fee_is_told_in_rest_alone(bench: Bench) -> None:
    account = bench.account()
    bench.broker.account(account["id"]).cash_cents = 10_000
    payment = bench.broker.payment(bench.broker.pay("REDEMPTION", bench.order(account, 40))["id"], "REDEMPTION")
    payment.fee_cents = 25

    bench.broker.move(payment, wire.SUCCESSFUL)

    assert wire.payment(payment, bench.broker.account(account["id"]))["fees"] == [{"type": "ACH", "amount": 0.25}]
    assert "fees" not in bench.last("redemptions.updated")
    assert bench.broker.account(account["id"]).cash_cents == 5_975


def test_the_broker_refuses_with_its_codes(bench: Bench) -> None:
    broker, account = bench.broker, bench.account()
    order = bench.order(account, 100)

    assert refusal(bench, lambda: broker.user("nobody"))[0] == 404
    assert refusal(bench, lambda: broker.pay("DEPOSIT", {**order, "amount": -1})) == (400, "E400")
    assert refusal(bench, lambda: broker.pay("DEPOSIT", {**order, "amount": 50_001})) == (400, "E000")
    bad = {"userID": account["userID"], "plaidProcessorToken": "nonsense"}
    assert refusal(bench, lambda: broker.add_bank_account(bad)) == (400, "K110")
    made = broker.pay("REDEMPTION", order)
    assert refusal(bench, lambda: broker.approve(made["id"], {"status": "RIA_Approved"})) == (400, "Y075")
    broker.set_status(broker.account(account["id"]), "FROZEN")
    assert refusal(bench, lambda: broker.pay("DEPOSIT", order)) == (400, "E030")


def test_a_key_is_remembered_for_four_days(bench: Bench) -> None:
    account = bench.account()
    order = bench.order(account, 100)

    def pay(key: str, body: dict[str, Any]) -> Any:
        return bench.broker.once("create_deposit", key, body, lambda: bench.broker.pay("DEPOSIT", body))

    first = pay("key", order)
    assert pay("key", order) == first
    assert refusal(bench, lambda: pay("key", {**order, "amount": 200}))[0] == 400
    bench.pass_by(timedelta(days=4))
    assert pay("key", order)["id"] != first["id"]


@pytest.mark.parametrize(
    ("cents", "status"),
    [(1, wire.FAILED), (3, wire.PENDING), (4, wire.UNKNOWN), (0, wire.SUCCESSFUL), (2, wire.RETURNED)],
)
def test_amounts_pick_outcomes(bench: Bench, cents: int, status: int) -> None:
    account = bench.account()
    order = bench.order(account, 10)
    made = bench.broker.pay("DEPOSIT", {**order, "amount": wire_amount(1000 + cents)})

    bench.pass_by(timedelta(days=20))

    assert bench.broker.payment(made["id"], "DEPOSIT").status == status


def wire_amount(cents: int) -> Any:
    return json.loads(f"{cents // 100}.{cents % 100:02d}", parse_float=Decimal)


def test_events_differ_by_nanoseconds_and_may_come_twice(bench: Bench) -> None:
    bench.person("Echo")
    bench.person()

    first, again, other = bench.told
    assert first == again
    assert first["timestamp"].endswith("Z")
    assert len(first["timestamp"].rpartition(".")[2]) == len("123456789Z")
    assert first["timestamp"] != other["timestamp"]


def test_what_happened_is_kept_over_a_restart(bench: Bench, tmp_path: Path) -> None:
    account = bench.account()
    bench.broker.pay("DEPOSIT", bench.order(account, 100))
    bench.broker.state.keep(bench.broker.file)

    ports = {"now": lambda: NOW, "emit": print, "knows_token": bool}
    again = Broker.in_folder(tmp_path, afresh=False, **ports)

    assert again.state == bench.broker.state
    assert Broker.in_folder(tmp_path, afresh=True, **ports).state.users == {}
