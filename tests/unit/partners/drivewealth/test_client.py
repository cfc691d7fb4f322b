"""What is sent to the broker for each call, and what its answers are read as."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.partners.drivewealth import payloads
from tests.unit.partners.drivewealth.harness import SECRET, Broker, client_of, made
from tests.unit.partners.drivewealth.payloads import ACCOUNT_ID, ACCOUNT_NO, BANK_ID, USER_ID
from trading.brokerage.models import (
    AccountStatus,
    BrokerAccount,
    BrokerBankAccount,
    BrokerUser,
    Direction,
    IdentityDocument,
    KycStatus,
    MoneySummary,
)
from trading.partners.drivewealth.client import DriveWealth
from trading.partners.drivewealth.connection import Connection
from trading.platform.errors import Refused

PICTURE = IdentityDocument("DRIVER_LICENSE", "FRONT", "image/png", b"picture")


def test_a_user_is_created_under_the_firm() -> None:
    documents = [{"type": "BASIC_INFO", "data": {"firstName": "Ada", "street2": None}}]

    found, asked = made(payloads.user(), lambda client: client.create_user(documents, key="attempt-1"))

    assert found == BrokerUser(USER_ID, "PENDING")
    assert (asked.method, asked.path) == ("POST", "/back-office/users")
    assert asked.headers["Idempotency-Key"] == "attempt-1"
    assert asked.body == {
        "userType": "INDIVIDUAL_TRADER",
        "wlpID": "TILR",
        "parentIBID": "firm-1",
        "documents": documents,
        "metadata": {"reference": "attempt-1"},
    }


def test_a_user_is_known_by_our_reference_and_may_lie_in_an_object_of_their_own() -> None:
    answer = {"user": {**payloads.user(), "email": "ada@example.com", "metadata": {"reference": "attempt-1"}}}

    found, _ = made(answer, lambda client: client.user(USER_ID))

    assert found == BrokerUser(USER_ID, "PENDING", "ada@example.com", "attempt-1")


def test_a_user_is_updated() -> None:
    documents = [{"type": "BASIC_INFO", "data": {"firstName": "Ada"}}]

    found, asked = made(payloads.user("APPROVED"), lambda client: client.update_user(USER_ID, documents, key="a"))

    assert found.status == "APPROVED"
    assert (asked.method, asked.path) == ("PATCH", f"/back-office/users/{USER_ID}")
    assert asked.body == {"documents": documents}


def test_a_user_is_read() -> None:
    found, asked = made(payloads.user("REVOKED"), lambda client: client.user(USER_ID))

    assert found == BrokerUser(USER_ID, "REVOKED")
    assert (asked.method, asked.path, asked.text) == ("GET", f"/back-office/users/{USER_ID}", "")
    assert "Idempotency-Key" not in asked.headers


def test_a_kyc_decision_is_read_with_its_errors_in_our_words() -> None:
    answer = payloads.kyc("KYC_DENIED", {"code": "K102", "description": "canary-description"})

    found, asked = made(answer, lambda client: client.kyc_status(USER_ID))

    assert asked.path == f"/back-office/users/{USER_ID}/kyc-status"
    assert (found.status, found.raw_status) == (KycStatus.DENIED, "KYC_DENIED")
    assert [error.code for error in found.errors] == ["SSN_NOT_MATCH"]
    assert found.updated_at == datetime(2026, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert "canary" not in repr(found)


@pytest.mark.parametrize("updated", [None, "", "today", 5, "2026-13-01T00:00:00Z"])
def test_a_kyc_decision_without_a_time_is_read(updated: Any) -> None:
    found, _ = made(payloads.kyc(updated=updated), lambda client: client.kyc_status(USER_ID))

    assert (found.status, found.updated_at) == (KycStatus.APPROVED, None)


@pytest.mark.parametrize("name", ["id", "documentID"])
def test_a_document_is_uploaded_as_a_data_url(name: str) -> None:
    answer = {name: "document-1", "status": {"name": "PENDING"}}

    found, asked = made(answer, lambda client: client.upload_document(USER_ID, PICTURE, key="attempt-1"))

    assert found == "document-1"
    assert (asked.method, asked.path) == ("POST", "/back-office/documents")
    assert asked.body == {
        "userID": USER_ID,
        "type": "DRIVER_LICENSE",
        "document": "data:image/png;base64,cGljdHVyZQ==",
        "side": "FRONT",
    }


def test_documents_of_a_user_are_listed() -> None:
    answer = [{"id": "document-1"}, {"documentID": "document-2"}]

    found, asked = made(answer, lambda client: client.documents_of(USER_ID))

    assert found == ("document-1", "document-2")
    assert asked.path == f"/back-office/users/{USER_ID}/documents"


def test_an_account_is_opened_for_cash_and_managed_by_us() -> None:
    found, asked = made(payloads.account(), lambda client: client.open_account(USER_ID, key="attempt-1"))

    assert found == BrokerAccount(ACCOUNT_ID, ACCOUNT_NO, USER_ID, AccountStatus.OPEN, "OPEN")
    assert (asked.method, asked.path) == ("POST", "/back-office/accounts")
    assert asked.body == {
        "userID": USER_ID,
        "accountType": "LIVE",
        "accountManagementType": "RIA_MANAGED",
        "tradingType": "CASH",
        "riaUserID": "advisor-1",
        "riaProductID": "product-1",
    }


@pytest.mark.parametrize(
    ("setting", "expected"), [("true", {"ignoreMarketHoursForTest": True}), ("false", {}), ("", {})]
)
def test_market_hours_are_ignored_only_where_the_stage_says_so(setting: str, expected: dict[str, bool]) -> None:
    broker = Broker((200, payloads.account()))
    normal = client_of(broker).connection
    configured = Connection(
        normal.transport, normal.sessions, lambda: SECRET | {"ignore_market_hours_for_test": setting}
    )

    DriveWealth(configured).open_account(USER_ID, key="attempt-1")

    body = broker.asked[0].body
    assert {name: value for name, value in body.items() if name == "ignoreMarketHoursForTest"} == expected


def test_accounts_are_read_one_by_one_and_by_user() -> None:
    one, asked_one = made(payloads.account(), lambda client: client.account(ACCOUNT_ID))
    listed, asked_all = made([payloads.account()], lambda client: client.accounts_of(USER_ID))

    assert (one,) == listed
    assert asked_one.path == f"/back-office/accounts/{ACCOUNT_ID}"
    assert asked_all.path == f"/back-office/users/{USER_ID}/accounts"


@pytest.mark.parametrize(
    ("named", "status", "raw"),
    [
        ({"name": "FROZEN"}, AccountStatus.FROZEN, "FROZEN"),
        ({"id": 9}, AccountStatus.CLOSED, "9"),
        ("OPEN_NO_NEW_TRADES", AccountStatus.OPEN_NO_NEW_TRADES, "OPEN_NO_NEW_TRADES"),
        (1, AccountStatus.PENDING, "1"),
        ({"name": "MERGED"}, None, "MERGED"),
        ({"name": None}, None, ""),
        (77, None, "77"),
    ],
)
def test_an_account_status_comes_in_several_forms(named: Any, status: AccountStatus | None, raw: str) -> None:
    found, _ = made(payloads.account(named), lambda client: client.account(ACCOUNT_ID))

    assert (found.status, found.raw_status) == (status, raw)


def test_money_is_read_in_cents() -> None:
    found, asked = made(payloads.money(), lambda client: client.money(ACCOUNT_ID))

    assert found == MoneySummary(400_00, 350_10, 120_00)
    assert asked.path == f"/back-office/accounts/{ACCOUNT_ID}/summary/money"


def test_cash_may_be_negative() -> None:
    answer = payloads.money() | {
        "cash": {"cashBalance": -0.29, "cashAvailableForTrade": 0, "cashAvailableForWithdrawal": 0}
    }

    assert made(answer, lambda client: client.money(ACCOUNT_ID))[0] == MoneySummary(-29, 0, 0)


def test_a_bank_account_is_registered_and_its_numbers_are_not_kept() -> None:
    found, asked = made(
        payloads.bank_account(),
        lambda client: client.create_bank_account(USER_ID, processor_token="canary-pt", nickname="Everyday", key="a"),
    )

    assert found == BrokerBankAccount(BANK_ID, "Everyday", USER_ID)
    assert (asked.method, asked.path) == ("POST", "/back-office/bank-accounts")
    assert asked.body == {"plaidProcessorToken": "canary-pt", "userID": USER_ID, "bankAccountNickname": "Everyday"}


def test_bank_accounts_of_a_user_are_listed() -> None:
    found, asked = made([payloads.bank_account()], lambda client: client.bank_accounts_of(USER_ID))

    assert [account.bank_account_id for account in found] == [BANK_ID]
    assert asked.path == f"/back-office/users/{USER_ID}/bank-accounts"


@pytest.mark.parametrize("answer", [(200, None), (204, None), (200, {}), (404, payloads.error()), (404, None)])
def test_a_bank_account_is_deleted_or_gone_already(answer: Any) -> None:
    broker = Broker(answer)

    client_of(broker).delete_bank_account(BANK_ID)

    assert (broker.asked[0].method, broker.asked[0].path) == ("DELETE", f"/back-office/bank-accounts/{BANK_ID}")


def test_a_bank_account_that_may_not_be_deleted_is_refused() -> None:
    with pytest.raises(Refused):
        client_of(Broker((400, payloads.error()))).delete_bank_account(BANK_ID)


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_an_id_that_would_lead_elsewhere_is_not_found(part: str) -> None:
    broker = Broker((200, payloads.deposit()))

    with pytest.raises(Refused) as refusal:
        client_of(broker).payment(Direction.DEPOSIT, part)
    assert refusal.value.code == "not_found"
    assert broker.asked == []


def test_an_id_stays_within_its_part_of_the_path() -> None:
    _, asked = made(payloads.user(), lambda client: client.user("../x?y#z"))

    assert asked.path == "/back-office/users/..%2Fx%3Fy%23z"
