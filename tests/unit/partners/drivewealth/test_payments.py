"""Deposits and redemptions: what is sent, what is read, and that no cent is lost on the way."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.partners.drivewealth import payloads
from tests.unit.partners.drivewealth.harness import Broker, client_of, made
from tests.unit.partners.drivewealth.payloads import ACCOUNT_ID, ACCOUNT_NO, BANK_ID, DEPOSIT_ID, REDEMPTION_ID, USER_ID
from trading.brokerage.models import (
    BrokerPayment,
    Direction,
    PaymentOrder,
    PaymentStatus,
)
from trading.partners.drivewealth import payments, wire
from trading.platform.errors import OutcomeUnknown, Unavailable

EVERY_AMOUNT = range(1, 1000_00 + 1)
ORDER = PaymentOrder(ACCOUNT_NO, 100_25, BANK_ID, payloads.NOTE)
DEPOSIT = BrokerPayment(
    payment_id=DEPOSIT_ID,
    direction=Direction.DEPOSIT,
    cents=100_25,
    status=PaymentStatus.PENDING,
    raw_status="Pending",
    comment="waits for the bank",
    account_id=ACCOUNT_ID,
    note=payloads.NOTE,
    currency="USD",
)


def test_a_deposit_is_asked_for_with_our_note() -> None:
    found, asked = made(payloads.deposit(), lambda client: client.deposit(ORDER, key="attempt-1"))

    assert found == DEPOSIT
    assert (asked.method, asked.path) == ("POST", "/back-office/funding/deposits")
    assert asked.headers["Idempotency-Key"] == "attempt-1"
    assert asked.body == {
        "accountNo": ACCOUNT_NO,
        "amount": Decimal("100.25"),
        "currency": "USD",
        "type": "ACH",
        "bankAccountID": BANK_ID,
        "note": payloads.NOTE,
    }


def test_a_redemption_is_asked_for_with_a_positive_amount_and_told_with_a_negative_one() -> None:
    found, asked = made(payloads.redemption(), lambda client: client.redeem(ORDER, key="attempt-1"))

    assert asked.path == "/back-office/funding/redemptions"
    assert asked.body["amount"] == Decimal("100.25")
    assert (found.direction, found.cents, found.fee_cents) == (Direction.WITHDRAWAL, 100_00, 1_35)
    assert found.status is PaymentStatus.AWAITING_ADVISOR


@pytest.mark.parametrize(
    ("direction", "folder", "payment_id", "answer"),
    [
        (Direction.DEPOSIT, "deposits", DEPOSIT_ID, payloads.deposit()),
        (Direction.WITHDRAWAL, "redemptions", REDEMPTION_ID, payloads.redemption()),
    ],
)
def test_payments_are_read_one_by_one_and_by_user(
    direction: Direction, folder: str, payment_id: str, answer: Any
) -> None:
    one, asked_one = made(answer, lambda client: client.payment(direction, payment_id))
    listed, asked_all = made([answer], lambda client: client.payments_of(USER_ID, direction))

    assert (one,) == listed
    assert asked_one.path == f"/back-office/funding/{folder}/{payment_id}"
    assert asked_all.path == f"/back-office/users/{USER_ID}/funding/{folder}"


@pytest.mark.parametrize(
    ("status", "expected", "raw"),
    [
        ({"id": 5, "message": "Returned"}, PaymentStatus.RETURNED, "Returned"),
        ({"id": 14}, PaymentStatus.APPROVED, "14"),
        ({"message": "RETURNED"}, PaymentStatus.RETURNED, "RETURNED"),
        (2, PaymentStatus.SUCCESSFUL, "2"),
        ("RIA_Approved", PaymentStatus.APPROVED, "RIA_Approved"),
        ({"id": -1, "message": "Unknown"}, None, "Unknown"),
        ({"id": None, "message": None}, None, ""),
        (None, None, ""),
        ([], None, ""),
    ],
)
def test_a_payment_status_comes_in_several_forms(status: Any, expected: PaymentStatus | None, raw: str) -> None:
    found, _ = made(payloads.deposit(status=status), lambda client: client.payment(Direction.DEPOSIT, DEPOSIT_ID))

    assert (found.status, found.raw_status) == (expected, raw)


@pytest.mark.parametrize(("fees", "cents"), [(None, None), ([], 0), ([{"type": "ACH", "amount": -0.25}], 25)])
def test_fees_are_summed_where_they_are_told(fees: Any, cents: int | None) -> None:
    answer = payloads.redemption(fees=fees)

    assert made(answer, lambda client: client.payment(Direction.WITHDRAWAL, "r"))[0].fee_cents == cents


@pytest.mark.parametrize("details", [None, {}, {"accountID": None}, "none"])
def test_a_payment_without_account_and_note_is_read(details: Any) -> None:
    answer = payloads.deposit(accountDetails=details, note=None)

    found, _ = made(answer, lambda client: client.payment(Direction.DEPOSIT, DEPOSIT_ID))

    assert (found.account_id, found.note) == (None, None)


@pytest.mark.parametrize("more", [{"accountID": "a-1"}, {"accountDetails": [{"accountID": "a-1"}]}])
def test_the_account_stands_on_top_or_among_the_details(more: dict[str, Any]) -> None:
    answer = payloads.deposit(accountDetails=None) | more

    found, _ = made(answer, lambda client: client.payment(Direction.DEPOSIT, DEPOSIT_ID))

    assert found.account_id == "a-1"


def test_a_redemption_whose_amount_is_not_listed_is_read() -> None:
    answer = payloads.redemption()
    del answer["amount"]

    found, _ = made(answer, lambda client: client.payment(Direction.WITHDRAWAL, REDEMPTION_ID))

    assert (found.cents, found.status) == (0, PaymentStatus.AWAITING_ADVISOR)


def test_a_redemption_is_rejected_by_the_advisor() -> None:
    found, asked = made(payloads.redemption(), lambda client: client.reject_redemption(REDEMPTION_ID))

    assert found is None
    assert (asked.method, asked.path) == ("PATCH", f"/back-office/funding/redemptions/{REDEMPTION_ID}")
    assert asked.body["status"] == "RIA_Rejected"


def test_a_redemption_is_approved_by_the_advisor() -> None:
    found, asked = made(payloads.redemption(), lambda client: client.approve_redemption(REDEMPTION_ID))

    assert found is None
    assert (asked.method, asked.path) == ("PATCH", f"/back-office/funding/redemptions/{REDEMPTION_ID}")
    assert asked.body["status"] == "RIA_Approved"


def test_every_whole_cent_amount_is_sent_as_it_is() -> None:
    for cents in EVERY_AMOUNT:
        order = PaymentOrder(ACCOUNT_NO, cents, BANK_ID, payloads.NOTE)
        assert f'"amount": {dollars(cents)},'.encode() in wire.encoded(payments.request(order))


@pytest.mark.parametrize("sign", ["", "-"])
def test_every_whole_cent_amount_is_read_as_it_is(sign: str) -> None:
    answer = ",".join(f'{{"id": "p", "amount": {sign}{dollars(cents)}}}' for cents in EVERY_AMOUNT)

    found, _ = made(f"[{answer}]", lambda client: client.payments_of(USER_ID, Direction.WITHDRAWAL))

    assert [payment.cents for payment in found] == list(EVERY_AMOUNT)


def test_every_whole_cent_amount_is_read_from_a_float_that_others_wrote() -> None:
    answer = [{"id": "p", "amount": cents / 100} for cents in EVERY_AMOUNT]

    found, _ = made(answer, lambda client: client.payments_of(USER_ID, Direction.DEPOSIT))

    assert [payment.cents for payment in found] == list(EVERY_AMOUNT)


def dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


UNREADABLE: list[Any] = [
    None,
    [],
    {},
    7,
    "text",
    payloads.deposit(amount=None),
    payloads.deposit(amount="100.25"),
    payloads.deposit(amount=True),
    payloads.deposit(amount=float("nan")),
    payloads.deposit(amount=float("inf")),
    '{"id": "p", "amount": 1e400}',
    '{"id": "p", "amount": ' + "9" * 5000 + "}",
    payloads.deposit(id=None, paymentID=None),
    payloads.deposit(id="../other"),
    payloads.deposit(fees="none"),
]


@pytest.mark.parametrize("answer", UNREADABLE)
def test_a_payment_that_cannot_be_read_may_have_been_made(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        client_of(Broker((200, answer))).deposit(ORDER, key="attempt-1")


@pytest.mark.parametrize("answer", UNREADABLE)
def test_a_read_that_cannot_be_read_is_unavailable(answer: Any) -> None:
    with pytest.raises(Unavailable):
        client_of(Broker((200, answer))).payment(Direction.DEPOSIT, DEPOSIT_ID)


@pytest.mark.parametrize("answer", [None, {}, {"items": []}, [{}], [None], [payloads.deposit(), {}], "none"])
def test_a_list_that_cannot_be_read_whole_is_unavailable(answer: Any) -> None:
    with pytest.raises(Unavailable):
        client_of(Broker((200, answer))).payments_of(USER_ID, Direction.DEPOSIT)
