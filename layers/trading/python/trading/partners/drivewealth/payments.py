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
REJECTION: Mapping[str, object] = {"status": "RIA_Rejected", "statusComment": "Rejected by the advisor"}


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
        cents=abs(wire.cents(raw["amount"])) if "amount" in raw else 0,
        status=payment_status(name, number),
        raw_status=name or wire.shown(number),
        comment=wire.text_in(status, "comment"),
        account_id=_account(raw),
        note=wire.optional_text(raw.get("note")),
        fee_cents=_fees(raw.get("fees")),
        currency=wire.currency(raw.get("currency")),
    )


def _account(raw: Mapping[str, Any]) -> str | None:
    """Return the account that a payment names, on top or among its details, which are an object or a list of them."""
    details = raw.get("accountDetails")
    first = details[0] if isinstance(details, list) and details else details
    return wire.optional_text(raw.get("accountID")) or wire.text_in(first, "accountID") or None


def _fees(listed: Any) -> int | None:  # noqa: ANN401 - JSON
    if listed is None:
        return None
    return to_cents(sum((abs(wire.number(fee["amount"])) for fee in wire.rows(listed)), Decimal(0)))
