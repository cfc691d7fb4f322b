"""What the broker's queue says."""

import json
from typing import Any

import pytest

from tests.unit.partners.drivewealth.payloads import ACCOUNT_ID, DEPOSIT_ID, NOTE, REDEMPTION_ID, USER_ID
from trading.brokerage.models import BrokerPayment, Direction, PaymentStatus
from trading.partners.drivewealth.events import payment_of


def payload(payment_id: str = DEPOSIT_ID, **more: Any) -> dict[str, Any]:
    return {
        "paymentID": payment_id,
        "type": "ACH",
        "amount": 1000,
        "currency": "USD",
        "status": 2,
        "statusMessage": "Successful",
        "statusComment": "settled",
        "created": "2026-03-02T15:00:00.123456789Z",
        "userID": USER_ID,
        "accountID": ACCOUNT_ID,
        "note": NOTE,
        "finTranRef": None,
        **more,
    }


@pytest.mark.parametrize("kind", ["created", "updated"])
def test_a_deposit_is_read(kind: str) -> None:
    assert payment_of(f"deposits.{kind}", payload()) == BrokerPayment(
        payment_id=DEPOSIT_ID,
        direction=Direction.DEPOSIT,
        cents=1000_00,
        status=PaymentStatus.SUCCESSFUL,
        raw_status="Successful",
        comment="settled",
        account_id=ACCOUNT_ID,
        note=NOTE,
        currency="USD",
    )


@pytest.mark.parametrize(
    ("event_type", "more"),
    [
        ("deposits.updated", {"amount": -1000}),
        ("deposits.updated", {"category": "REDEMPTION", "amount": -1000}),
        ("deposits.updated", {"category": "REDEMPTION"}),
        ("redemptions.updated", {"category": "DEPOSIT"}),
        ("deposits.updated", {"amount": 0}),
        ("redemptions.updated", {"amount": 0}),
    ],
)
def test_an_event_that_goes_the_other_way_or_moves_nothing_is_no_payment(event_type: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        payment_of(event_type, payload(**more))


@pytest.mark.parametrize("more", [{"amount": 1000}, {"amount": -1000}, {"category": "REDEMPTION"}])
def test_the_sign_of_a_redemption_tells_nothing(more: dict[str, Any]) -> None:
    assert payment_of("redemptions.updated", payload(**more)).cents == 1000_00


@pytest.mark.parametrize(
    ("currency", "named"),
    [("USD", "USD"), ("eur", "EUR"), ({"name": "USD", "symbol": "$"}, "USD"), (None, None), ({}, None), (7, None)],
)
def test_a_currency_comes_in_several_forms(currency: object, named: str | None) -> None:
    assert payment_of("deposits.updated", payload(currency=currency)).currency == named


@pytest.mark.parametrize("kind", ["created", "updated"])
def test_a_redemption_is_read_with_a_positive_amount_and_no_fee(kind: str) -> None:
    body = payload(REDEMPTION_ID, amount=-100.0, status=11, statusMessage="RIA_Pending")

    found = payment_of(f"redemptions.{kind}", body)

    assert (found.direction, found.cents, found.fee_cents) == (Direction.WITHDRAWAL, 100_00, None)
    assert found.status is PaymentStatus.AWAITING_ADVISOR


def test_a_bare_event_of_a_redemption_is_left_to_be_read_at_the_broker() -> None:
    body = {"paymentID": REDEMPTION_ID, "statusMessage": "RIA_Pending", "accountID": ACCOUNT_ID}

    found = payment_of("redemptions.created", body)

    assert (found.payment_id, found.cents, found.note) == (REDEMPTION_ID, 0, None)
    assert found.status is PaymentStatus.AWAITING_ADVISOR


@pytest.mark.parametrize("amount", [{}, {"amount": None}])
def test_an_event_without_an_amount_has_no_note_to_be_taken_at_its_word_by(amount: dict[str, None]) -> None:
    body = payload()
    del body["amount"]

    found = payment_of("deposits.updated", body | amount)

    assert (found.cents, found.note) == (0, None)


@pytest.mark.parametrize("missing", ["statusMessage", "statusComment", "userID", "accountID", "note", "type", "status"])
@pytest.mark.parametrize("is_null", [True, False])
def test_an_event_with_a_gap_is_read(missing: str, is_null: bool) -> None:
    body = {name: value for name, value in payload().items() if name != missing}

    found = payment_of("deposits.updated", body | ({missing: None} if is_null else {}))

    assert (found.payment_id, found.cents, found.status) == (DEPOSIT_ID, 1000_00, PaymentStatus.SUCCESSFUL)
    assert found.raw_status == ("2" if missing == "statusMessage" else "Successful")
    assert (found.note is None) == (missing == "note")
    assert (found.account_id is None) == (missing == "accountID")


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (5, "RETURNED", PaymentStatus.RETURNED),
        (17, "Processing", PaymentStatus.PENDING),
        (-1, "Unknown", None),
        (-1, None, None),
        (None, None, None),
        (99, None, None),
        (2, "Returned", None),
    ],
)
def test_the_status_of_an_event_is_its_number_and_its_name(
    status: Any, message: Any, expected: PaymentStatus | None
) -> None:
    assert payment_of("deposits.updated", payload(status=status, statusMessage=message)).status is expected


def test_an_event_keeps_every_cent_of_a_float() -> None:
    for cents in range(1, 1000_00 + 1):
        body = json.loads(json.dumps({"paymentID": "p", "amount": -cents / 100}))
        assert payment_of("redemptions.updated", body).cents == cents


@pytest.mark.parametrize("event_type", ["users.updated", "deposit.updated", "", "deposits_updated", "Deposits.updated"])
def test_an_event_of_something_else_is_no_payment(event_type: str) -> None:
    with pytest.raises(ValueError, match="not an event of a payment"):
        payment_of(event_type, payload())


@pytest.mark.parametrize(
    "body",
    [
        {},
        payload(paymentID=None),
        payload(paymentID=""),
        payload(paymentID=7),
        payload(paymentID="../../users/someone"),
        payload(paymentID="x" * 201),
        payload(amount="1000"),
        payload(amount=True),
        payload(amount=float("nan")),
        payload(amount=float("inf")),
        payload(amount=10**40),
        payload(amount=[]),
    ],
)
def test_an_event_that_cannot_be_read_is_an_error_that_repeats_nothing(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^not a payment$"):
        payment_of("deposits.updated", body)
