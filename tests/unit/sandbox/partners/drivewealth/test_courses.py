"""How things go at the simulated broker as time passes, and what names and amounts pick."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.partners.drivewealth.broker import Broker
from sandbox.partners.drivewealth.money import wire
from tests.unit.sandbox.partners.drivewealth.bench import DOCUMENTS, NOW, Bench

APPROVAL = {"status": "RIA_Approved", "statusComment": "Approved by the advisor"}


def status_of(bench: Bench, user_id: str) -> str:
    return str(bench.ask("GET", f"/users/{user_id}/kyc-status")["kyc"]["status"]["name"])


def payment(bench: Bench, kind: str, made: dict[str, Any]) -> Any:
    return bench.ask("GET", f"/funding/{kind}/{made['id']}")["status"]["message"]


def test_a_check_takes_half_a_minute(bench: Bench) -> None:
    user_id = bench.person()

    bench.pass_by(seconds=29)
    assert status_of(bench, user_id) == "KYC_PROCESSING"
    assert bench.kinds() == ["users.created"]
    bench.pass_by(seconds=1)

    assert status_of(bench, user_id) == "KYC_APPROVED"
    assert bench.kinds() == ["users.created", "users.updated", "kyc.updated"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Doe", "KYC_APPROVED"),
        ("Denied", "KYC_DENIED"),
        ("Review", "KYC_MANUAL_REVIEW"),
        ("Info", "KYC_MANUAL_REVIEW"),
        ("Document", "KYC_DOC_REQUIRED"),
        ("Waiting", "KYC_PROCESSING"),
        ("N" * 36, "KYC_APPROVED"),
        ("N" * 37, "KYC_INFO_REQUIRED"),
    ],
)
def test_names_pick_outcomes(bench: Bench, name: str, status: str) -> None:
    user_id = bench.person(name)
    bench.pass_by(minutes=1)

    assert status_of(bench, user_id) == status


def test_a_name_that_is_too_long_is_found_by_the_check(bench: Bench) -> None:
    user_id = bench.person("N" * 37)
    bench.pass_by(minutes=1)

    (error,) = bench.ask("GET", f"/users/{user_id}/kyc-status")["kyc"]["errors"]
    assert error["code"] == "K110"
    assert bench.last("kyc.updated")["current"]["details"] == ["INVALID_NAME_TOO_LONG"]


def test_whoever_corrects_an_application_is_checked_again(bench: Bench) -> None:
    user_id = bench.person("Denied")
    bench.pass_by(minutes=1)

    basic = {"type": "BASIC_INFO", "data": DOCUMENTS["BASIC_INFO"]}
    bench.ask("PATCH", f"/users/{user_id}", {"documents": [basic]})
    assert status_of(bench, user_id) == "KYC_PROCESSING"
    bench.pass_by(minutes=1)

    assert status_of(bench, user_id) == "KYC_APPROVED"
    assert "errors" not in bench.ask("GET", f"/users/{user_id}/kyc-status")["kyc"]


def test_an_account_is_pending_first_and_open_within_a_minute(bench: Bench) -> None:
    user_id = bench.person()
    body = {"userID": user_id, "accountManagementType": "RIA_MANAGED", "tradingType": "CASH"}
    made = bench.ask("POST", "/accounts", body)

    assert made["status"]["name"] == "PENDING"
    assert "openedWhen" not in made
    bench.pass_by(minutes=1)

    opened = bench.ask("GET", f"/accounts/{made['id']}")
    assert opened["status"]["name"] == "OPEN"
    assert opened["openedWhen"]


def test_a_deposit_succeeds_after_three_business_days(bench: Bench) -> None:
    account = bench.account()
    made = bench.ask("POST", "/funding/deposits", bench.order(account, 100))

    bench.pass_by(days=2, hours=23)
    assert (payment(bench, "deposits", made), bench.cash(account)) == ("Pending", 0)
    bench.pass_by(hours=2)

    assert (payment(bench, "deposits", made), bench.cash(account)) == ("Successful", 100)


def test_a_weekend_is_no_business_day(bench: Bench) -> None:
    account = bench.account()
    bench.pass_by(days=2)  # to a Thursday
    made = bench.ask("POST", "/funding/deposits", bench.order(account, 100))

    bench.pass_by(days=4)
    assert payment(bench, "deposits", made) == "Pending"
    bench.pass_by(days=1)

    assert payment(bench, "deposits", made) == "Successful"


def test_cash_is_at_once_tradable_and_withdrawable(bench: Bench) -> None:
    account = bench.account()
    bench.ask("POST", "/funding/deposits", bench.order(account, 100))
    bench.pass_by(days=5)

    cash = bench.ask("GET", f"/accounts/{account['id']}/summary/money")["cash"]

    assert cash["cashAvailableForTrade"] == cash["cashAvailableForWithdrawal"] == cash["cashBalance"] == 100


@pytest.mark.parametrize(
    ("amount", "message", "told", "cash"),
    [
        (10, "Successful", "Successful", 10),
        (10.01, "Failed", "Failed", 0),
        (10.02, "Returned", "RETURNED", 0),
        (10.03, "Pending", "Pending", 0),
        (10.04, "Unknown", "Unknown", 0),
        (10.05, "Successful", "Successful", 10.05),
    ],
)
def test_cents_pick_the_outcome_of_a_deposit(bench: Bench, amount: float, message: str, told: str, cash: float) -> None:
    account = bench.account()
    made = bench.ask("POST", "/funding/deposits", bench.order(account, amount))

    bench.pass_by(days=20)

    assert (payment(bench, "deposits", made), bench.cash(account)) == (message, cash)
    events = [event for event in bench.told if event["type"].startswith("deposits.")]
    assert events[-1]["payload"]["statusMessage"] == told


def test_a_return_comes_after_the_success_and_may_leave_less_than_nothing(bench: Bench) -> None:
    account = bench.account()
    made = bench.ask("POST", "/funding/deposits", bench.order(account, 100.02))
    bench.pass_by(days=3)
    assert bench.cash(account) == 100.02
    bench.broker.state.account(account["id"]).cash_cents -= 9_000

    bench.pass_by(days=10)

    assert (payment(bench, "deposits", made), bench.cash(account)) == ("Returned", -90)
    available = bench.ask("GET", f"/accounts/{account['id']}/summary/money")["cash"]["cashAvailableForWithdrawal"]
    assert available == 0
    assert bench.last("deposits.updated")["failureReason"]


def test_a_redemption_waits_for_its_advisor(bench: Bench) -> None:
    account = bench.account()
    bench.put_in(account, 100)
    made = bench.ask("POST", "/funding/redemptions", bench.order(account, 40))

    bench.pass_by(days=10)
    assert (payment(bench, "redemptions", made), bench.cash(account)) == ("RIA_Pending", 100)
    bench.ask("PATCH", f"/funding/redemptions/{made['id']}", APPROVAL)
    assert (payment(bench, "redemptions", made), bench.cash(account)) == ("RIA_Approved", 100)
    bench.pass_by(days=4)

    assert (payment(bench, "redemptions", made), bench.cash(account)) == ("Successful", 60)
    assert bench.last("redemptions.updated")["amount"] == -40


def test_an_advisor_may_say_no(bench: Bench) -> None:
    account = bench.account()
    bench.put_in(account, 100)
    made = bench.ask("POST", "/funding/redemptions", bench.order(account, 40))

    bench.ask("PATCH", f"/funding/redemptions/{made['id']}", {"status": "RIA_Rejected"})
    bench.pass_by(days=10)

    assert (payment(bench, "redemptions", made), bench.cash(account)) == ("RIA_Rejected", 100)


def test_a_fee_is_taken_with_the_money(bench: Bench) -> None:
    account = bench.account()
    bench.put_in(account, 100)
    made = bench.ask("POST", "/funding/redemptions", bench.order(account, 40))
    moved = bench.broker.state.payment(made["id"], "REDEMPTION")
    moved.fee_cents = 25

    bench.broker.payments.move(moved, wire.SUCCESSFUL)
    assert bench.cash(account) == 59.75
    bench.broker.payments.move(moved, wire.RETURNED)

    assert bench.cash(account) == 100


def test_doubled_deliveries(bench: Bench) -> None:
    bench.person("Echo")
    bench.pass_by(minutes=1)

    assert bench.kinds() == [kind for kind in ("users.created", "users.updated", "kyc.updated") for _ in range(2)]
    assert bench.told[0] == bench.told[1]


def test_late_deliveries(bench: Bench) -> None:
    bench.person("Late")

    bench.pass_by(minutes=9)
    assert bench.told == []
    bench.pass_by(minutes=2)

    assert bench.kinds() == ["users.created", "users.updated", "kyc.updated"]


def test_swapped_deliveries(bench: Bench) -> None:
    bench.person("Swap")
    assert bench.told == []

    bench.pass_by(minutes=1)
    assert bench.kinds() == ["users.updated", "users.created"]
    bench.pass_by(minutes=10)

    assert bench.kinds() == ["users.updated", "users.created", "kyc.updated"]


def test_brief_deliveries(bench: Bench) -> None:
    account = bench.account("Brief")

    made = bench.ask("POST", "/funding/deposits", bench.order(account, 100))

    assert bench.last("deposits.created") == {
        "paymentID": made["id"],
        "statusMessage": "Pending",
        "accountID": account["id"],
    }
    assert bench.last("accounts.created")["userID"] == account["userID"]


def test_what_happened_is_kept_over_a_restart(bench: Bench, tmp_path: Path) -> None:
    account = bench.account("Swap")
    bench.ask("POST", "/funding/deposits", bench.order(account, 100), key="a-key")

    again = Bench(tmp_path)

    assert again.broker.state == bench.broker.state
    assert again.broker.next_at() == bench.broker.next_at()
    again.pass_by(days=5)
    assert again.cash(account) == 100


def test_a_fresh_sandbox_begins_with_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.account()

    ports = {"now": lambda: NOW, "emit": bench.told.append, "knows_token": bool}
    fresh = Broker.in_folder(tmp_path, afresh=True, **ports)

    assert fresh.state.users == {}
    assert fresh.next_at() is None
