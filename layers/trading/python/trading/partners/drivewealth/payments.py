"""Deposits and redemptions: what is sent, and what comes back over REST."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from trading.brokerage.models import BrokerPayment, Direction, PaymentOrder
from trading.partners.drivewealth import wire
from trading.partners.drivewealth.statuses import payment_status
from trading.platform.money import to_cents, to_dollars

FOLDERS: Mapping[Direction, str] = {Direction.DEPOSIT: "deposits", Direction.WITHDRAWAL: "redemptions"}
"""What the broker calls payments of a direction, in paths and in events."""

APPROVAL: Mapping[str, object] = {"status": "RIA_Approved", "statusComment": "Approved by the advisor"}


def request(order: PaymentOrder) -> Mapping[str, object]:
    """Return what is sent for a deposit or redemption: a positive amount, both ways."""
    return {
        "accountNo": order.account_no,
        "amount": to_dollars(order.cents),
        "currency": "USD",
        "type": "ACH",
        "bankAccountID": order.bank_account_id,
        "note": order.note,
    }


def fee_request(order: PaymentOrder, house_account_no: str) -> Mapping[str, object]:
    """Return what is sent for a fee to be taken from cash; the account that gets it is the advisor's own."""
    return {
        "accountNo": order.account_no,
        "amount": to_dollars(order.cents),
        "currency": "USD",
        "type": "CASH_TRANSFER",
        "transactionCode": "FEE_AUM",
        "note": order.note,
        "details": {"partnerAccountNo": house_account_no},
    }


def reader(direction: Direction) -> Callable[[Mapping[str, Any]], BrokerPayment]:
    """Return a reader of payments of a direction; their amounts are negative for redemptions."""
    return lambda raw: _payment(direction, raw)


def _payment(direction: Direction, raw: Mapping[str, Any]) -> BrokerPayment:
    status = raw.get("status")
    name, number = wire.name_and_number(status)
    return BrokerPayment(
        payment_id=wire.identifier(wire.first(raw, "id", "paymentID")),
        direction=direction,
        cents=abs(wire.cents(raw["amount"])),
        status=payment_status(name, number),
        raw_status=name or wire.shown(number),
        comment=wire.text_in(status, "comment"),
        account_id=wire.text_in(raw.get("accountDetails"), "accountID") or None,
        note=wire.optional_text(raw.get("note")),
        fee_cents=_fees(raw.get("fees")),
    )


def _fees(listed: Any) -> int | None:  # noqa: ANN401 - JSON
    if listed is None:
        return None
    return to_cents(sum((abs(wire.number(fee["amount"])) for fee in wire.rows(listed)), Decimal(0)))
