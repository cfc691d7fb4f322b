"""What the broker's refusals mean, call by call."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.partners.drivewealth.harness import Broker, client_of
from tests.unit.partners.drivewealth.payloads import ACCOUNT_NO, BANK_ID, USER_ID, error
from trading.brokerage.models import Direction, PaymentOrder
from trading.partners.drivewealth.client import DriveWealth
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

ORDER = PaymentOrder(ACCOUNT_NO, 100_25, BANK_ID, "flow-7")
DAILY_LIMIT = error("E000", "Deposit transaction exceeds maximum daily ACH deposit transaction limit")
Call = Callable[[DriveWealth], object]


def create_user(client: DriveWealth) -> object:
    return client.create_user([], key="k")


def deposit(client: DriveWealth) -> object:
    return client.deposit(ORDER, key="k")


def redeem(client: DriveWealth) -> object:
    return client.redeem(ORDER, key="k")


def approve(client: DriveWealth) -> None:
    client.approve_redemption("payment-1")


def add_bank(client: DriveWealth) -> object:
    return client.create_bank_account(USER_ID, processor_token="t", nickname="n", key="k")


def open_account(client: DriveWealth) -> object:
    return client.open_account(USER_ID, key="k")


@pytest.mark.parametrize(
    ("call", "status", "body", "code"),
    [
        (deposit, 400, error("K110"), "bank_needs_reauth"),
        (redeem, 400, error("K110"), "bank_needs_reauth"),
        (add_bank, 400, error("K110"), "bank_needs_reauth"),
        (create_user, 400, error("K110"), "refused"),
        (deposit, 400, DAILY_LIMIT, "limit_exceeded"),
        (redeem, 400, DAILY_LIMIT, "limit_exceeded"),
        (add_bank, 400, DAILY_LIMIT, "refused"),
        (deposit, 400, error("E030"), "account_not_open"),
        (redeem, 403, error("E030"), "account_not_open"),
        (open_account, 400, error("E030"), "account_not_open"),
        (approve, 400, error("E032"), "already_moved"),
        (approve, 409, error("E032"), "already_moved"),
        (redeem, 400, error("Y075"), "insufficient_funds"),
        (create_user, 400, error("Y075"), "refused"),
        (deposit, 404, error("E404"), "not_found"),
        (approve, 404, None, "not_found"),
        (deposit, 400, error("Z999"), "refused"),
        (deposit, 409, error("Z999"), "refused"),
        (deposit, 422, {"message": "bad"}, "refused"),
        (deposit, 400, {"errorCode": None}, "refused"),
        (deposit, 400, {"errorCode": ["K110"]}, "refused"),
    ],
)
def test_a_refusal_means_what_its_call_says(call: Call, status: int, body: Any, code: str) -> None:
    broker = Broker((status, body))

    with pytest.raises(Refused) as refusal:
        call(client_of(broker))

    assert refusal.value.code == code
    assert refusal.value.detail.endswith(".")
    assert len(broker.asked) == 1


@pytest.mark.parametrize("body", [None, "<html>", [], "null", '"text"'])
@pytest.mark.parametrize("status", [400, 403, 413, 422])
def test_what_is_not_the_brokers_own_word_refuses_nothing(status: int, body: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        deposit(client_of(Broker((status, body))))


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.user(USER_ID),
        lambda client: client.kyc_status(USER_ID),
        lambda client: client.account("a"),
        lambda client: client.money("a"),
        lambda client: client.payment(Direction.DEPOSIT, "p"),
    ],
)
def test_what_is_not_there_is_not_found(read: Call) -> None:
    with pytest.raises(Refused) as refusal:
        read(client_of(Broker((404, error()))))
    assert refusal.value.code == "not_found"


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.documents_of(USER_ID),
        lambda client: client.accounts_of(USER_ID),
        lambda client: client.bank_accounts_of(USER_ID),
        lambda client: client.payments_of(USER_ID, Direction.DEPOSIT),
        lambda client: client.payments_of(USER_ID, Direction.WITHDRAWAL),
    ],
)
def test_a_list_of_nobody_is_not_an_empty_one(read: Call) -> None:
    with pytest.raises(Unavailable):
        read(client_of(Broker((404, error()))))
