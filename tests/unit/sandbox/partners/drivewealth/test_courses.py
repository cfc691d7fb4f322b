"""How things go at the simulated broker as time passes, and what names and amounts pick."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.partners.drivewealth.money import wire
from sandbox.partners.drivewealth.simulator import DriveWealthSimulator
from tests.unit.sandbox.partners.drivewealth.harness import DOCUMENTS, NOW, Harness

APPROVAL = {"status": "RIA_Approved", "statusComment": "Approved by the advisor"}


def status_of(harness: Harness, user_id: str) -> str:
    return str(harness.ask("GET", f"/users/{user_id}/kyc-status")["kyc"]["status"]["name"])


def payment(harness: Harness, kind: str, made: dict[str, Any]) -> Any:
    return harness.ask("GET", f"/funding/{kind}/{made['id']}")["status"]["message"]


def test_a_check_takes_half_a_minute(harness: Harness) -> None:
    user_id = harness.person()

    harness.pass_by(seconds=29)
    assert status_of(harness, user_id) == "KYC_PROCESSING"
    assert harness.kinds() == ["users.created"]
    harness.pass_by(seconds=1)

    assert status_of(harness, user_id) == "KYC_APPROVED"
    assert harness.kinds() == ["users.created", "users.updated", "kyc.updated"]


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
def test_names_pick_outcomes(harness: Harness, name: str, status: str) -> None:
    user_id = harness.person(name)
    harness.pass_by(minutes=1)

    assert status_of(harness, user_id) == status


def test_a_name_that_is_too_long_is_found_by_the_check(harness: Harness) -> None:
    user_id = harness.person("N" * 37)
    harness.pass_by(minutes=1)

    (error,) = harness.ask("GET", f"/users/{user_id}/kyc-status")["kyc"]["errors"]
    assert error["code"] == "K110"
    assert harness.last("kyc.updated")["current"]["details"] == ["INVALID_NAME_TOO_LONG"]


def test_whoever_corrects_an_application_is_checked_again(harness: Harness) -> None:
    user_id = harness.person("Denied")
    harness.pass_by(minutes=1)

    basic = {"type": "BASIC_INFO", "data": DOCUMENTS["BASIC_INFO"]}
    harness.ask("PATCH", f"/users/{user_id}", {"documents": [basic]})
    assert status_of(harness, user_id) == "KYC_PROCESSING"
    harness.pass_by(minutes=1)

    assert status_of(harness, user_id) == "KYC_APPROVED"
    assert "errors" not in harness.ask("GET", f"/users/{user_id}/kyc-status")["kyc"]


def test_an_account_is_pending_first_and_open_within_a_minute(harness: Harness) -> None:
    user_id = harness.person()
    body = {"userID": user_id, "accountManagementType": "RIA_MANAGED", "tradingType": "CASH"}
    made = harness.ask("POST", "/accounts", body)

    assert made["status"]["name"] == "PENDING"
    assert "openedWhen" not in made
    harness.pass_by(minutes=1)

    opened = harness.ask("GET", f"/accounts/{made['id']}")
    assert opened["status"]["name"] == "OPEN"
    assert opened["openedWhen"]


def test_a_deposit_succeeds_after_three_business_days(harness: Harness) -> None:
    account = harness.account()
    made = harness.ask("POST", "/funding/deposits", harness.order(account, 100))

    harness.pass_by(days=2, hours=23)
    assert (payment(harness, "deposits", made), harness.cash(account)) == ("Pending", 0)
    harness.pass_by(hours=2)

    assert (payment(harness, "deposits", made), harness.cash(account)) == ("Successful", 100)


def test_a_weekend_is_no_business_day(harness: Harness) -> None:
    account = harness.account()
    harness.pass_by(days=2)  # to a Thursday
    made = harness.ask("POST", "/funding/deposits", harness.order(account, 100))

    harness.pass_by(days=4)
    assert payment(harness, "deposits", made) == "Pending"
    harness.pass_by(days=1)

    assert payment(harness, "deposits", made) == "Successful"


def test_cash_is_at_once_tradable_and_withdrawable(harness: Harness) -> None:
    account = harness.account()
    harness.ask("POST", "/funding/deposits", harness.order(account, 100))
    harness.pass_by(days=5)

    cash = harness.ask("GET", f"/accounts/{account['id']}/summary/money")["cash"]

    assert cash["cashAvailableForTrade"] == cash["cashAvailableForWithdrawal"] == cash["cashBalance"] == 100


@pytest.mark.parametrize(
    ("amount", "message", "published", "cash"),
    [
        (10, "Successful", "Successful", 10),
        (10.01, "Failed", "Failed", 0),
        (10.02, "Returned", "RETURNED", 0),
        (10.03, "Pending", "Pending", 0),
        (10.04, "Unknown", "Unknown", 0),
        (10.05, "Successful", "Successful", 10.05),
    ],
)
def test_cents_pick_the_outcome_of_a_deposit(
    harness: Harness, amount: float, message: str, published: str, cash: float
) -> None:
    account = harness.account()
    made = harness.ask("POST", "/funding/deposits", harness.order(account, amount))

    harness.pass_by(days=20)

    assert (payment(harness, "deposits", made), harness.cash(account)) == (message, cash)
    events = [event for event in harness.events if event["type"].startswith("deposits.")]
    assert events[-1]["payload"]["statusMessage"] == published


def test_a_return_comes_after_the_success_and_may_leave_less_than_nothing(harness: Harness) -> None:
    account = harness.account()
    made = harness.ask("POST", "/funding/deposits", harness.order(account, 100.02))
    harness.pass_by(days=3)
    assert harness.cash(account) == 100.02
    harness.broker.state.account(account["id"]).cash_cents -= 9_000

    harness.pass_by(days=10)

    assert (payment(harness, "deposits", made), harness.cash(account)) == ("Returned", -90)
    available = harness.ask("GET", f"/accounts/{account['id']}/summary/money")["cash"]["cashAvailableForWithdrawal"]
    assert available == 0
    assert harness.last("deposits.updated")["failureReason"]


def test_a_redemption_waits_for_its_advisor(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)
    made = harness.ask("POST", "/funding/redemptions", harness.order(account, 40))

    harness.pass_by(days=10)
    assert (payment(harness, "redemptions", made), harness.cash(account)) == ("RIA_Pending", 100)
    harness.ask("PATCH", f"/funding/redemptions/{made['id']}", APPROVAL)
    assert (payment(harness, "redemptions", made), harness.cash(account)) == ("RIA_Approved", 100)
    harness.pass_by(days=4)

    assert (payment(harness, "redemptions", made), harness.cash(account)) == ("Successful", 60)
    assert harness.last("redemptions.updated")["amount"] == -40


def test_an_advisor_may_say_no(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)
    made = harness.ask("POST", "/funding/redemptions", harness.order(account, 40))

    harness.ask("PATCH", f"/funding/redemptions/{made['id']}", {"status": "RIA_Rejected"})
    harness.pass_by(days=10)

    assert (payment(harness, "redemptions", made), harness.cash(account)) == ("RIA_Rejected", 100)


def test_a_fee_is_taken_with_the_money(harness: Harness) -> None:
    account = harness.account()
    harness.put_in(account, 100)
    made = harness.ask("POST", "/funding/redemptions", harness.order(account, 40))
    moved = harness.broker.state.payment(made["id"], "REDEMPTION")
    moved.fee_cents = 25

    harness.broker.payments.move(moved, wire.SUCCESSFUL)
    assert harness.cash(account) == 59.75
    harness.broker.payments.move(moved, wire.RETURNED)

    assert harness.cash(account) == 100


def test_doubled_deliveries(harness: Harness) -> None:
    harness.person("Echo")
    harness.pass_by(minutes=1)

    assert harness.kinds() == [kind for kind in ("users.created", "users.updated", "kyc.updated") for _ in range(2)]
    assert harness.events[0] == harness.events[1]


def test_late_deliveries(harness: Harness) -> None:
    harness.person("Late")

    harness.pass_by(minutes=9)
    assert harness.events == []
    harness.pass_by(minutes=2)

    assert harness.kinds() == ["users.created", "users.updated", "kyc.updated"]


def test_swapped_deliveries(harness: Harness) -> None:
    harness.person("Swap")
    assert harness.events == []

    harness.pass_by(minutes=1)
    assert harness.kinds() == ["users.updated", "users.created"]
    harness.pass_by(minutes=10)

    assert harness.kinds() == ["users.updated", "users.created", "kyc.updated"]


def test_brief_deliveries(harness: Harness) -> None:
    account = harness.account("Brief")

    made = harness.ask("POST", "/funding/deposits", harness.order(account, 100))

    assert harness.last("deposits.created") == {
        "paymentID": made["id"],
        "statusMessage": "Pending",
        "accountID": account["id"],
    }
    assert harness.last("accounts.created")["userID"] == account["userID"]


def test_what_happened_is_kept_over_a_restart(harness: Harness, tmp_path: Path) -> None:
    account = harness.account("Swap")
    harness.ask("POST", "/funding/deposits", harness.order(account, 100), key="a-key")

    again = Harness(tmp_path)

    assert again.broker.state == harness.broker.state
    assert again.broker.next_at() == harness.broker.next_at()
    again.pass_by(days=5)
    assert again.cash(account) == 100


def test_a_fresh_sandbox_begins_with_nothing(harness: Harness, tmp_path: Path) -> None:
    harness.account()

    ports = {"now": lambda: NOW, "emit": harness.events.append, "knows_token": bool}
    fresh = DriveWealthSimulator.in_folder(tmp_path, afresh=True, **ports)

    assert fresh.state.users == {}
    assert fresh.next_at() is None
