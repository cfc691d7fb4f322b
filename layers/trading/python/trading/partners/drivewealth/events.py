"""What DriveWealth's queue says of payments, users and accounts.

Events have shapes of their own: a number and a name side by side for the status, amounts as floats
and negative for redemptions, no fees, and fields that are missing from one delivery to the next.
"""

from collections.abc import Mapping
from typing import Any

from trading.brokerage.models import BrokerPayment, Direction
from trading.brokerage.portfolios import BrokerTransaction
from trading.partners.drivewealth import managed_reading, wire
from trading.partners.drivewealth.payments import FOLDERS
from trading.partners.drivewealth.statuses import payment_status
from trading.platform.errors import InvalidRequest

_DIRECTIONS: Mapping[str, Direction] = {folder: direction for direction, folder in FOLDERS.items()}
_CATEGORIES: Mapping[str, Direction] = {"DEPOSIT": Direction.DEPOSIT, "REDEMPTION": Direction.WITHDRAWAL}


def payment_of(event_type: str, payload: Mapping[str, Any]) -> BrokerPayment:
    """Return the payment that an event `deposits.*` or `redemptions.*` is about.

    An event that leaves out the amount comes back with 0 cents and without a note, so that whoever
    gets it reads the payment at the broker.

    Raises:
        ValueError: if it cannot be read.
    """
    direction = _DIRECTIONS.get(event_type.partition(".")[0])
    if direction is None:
        raise ValueError("not an event of a payment")
    try:
        return _payment(direction, payload)
    except wire.STRANGE:
        raise ValueError("not a payment") from None


def transaction_of(payload: Mapping[str, Any]) -> BrokerTransaction | None:
    """Return the corporate action that an event `transactions.*` is about; None for any other transaction.

    Raises:
        InvalidRequest: if it cannot be read.
    """
    raw = payload.get("transaction")
    try:
        return managed_reading.transaction(payload.get("accountID"), raw if isinstance(raw, Mapping) else {})
    except ValueError:
        raise InvalidRequest("The event is about no transaction.") from None


def instrument_of(payload: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the symbol that an event `instruments.*` is about, and whether it can be traded.

    Raises:
        InvalidRequest: if it names none.
    """
    current = payload.get("current")
    fields = current if isinstance(current, Mapping) else payload
    try:
        symbol = managed_reading.our_symbol(wire.identifier(fields.get("symbol")))
    except ValueError:
        raise InvalidRequest("The event names no symbol.") from None
    return symbol, wire.name(fields.get("status")).upper() == "ACTIVE"


def _payment(direction: Direction, payload: Mapping[str, Any]) -> BrokerPayment:
    amount, name, number = payload.get("amount"), payload.get("statusMessage"), payload.get("status")
    if direction is not _named_direction(direction, payload):
        raise ValueError("the event goes the other way than its payment")
    return BrokerPayment(
        payment_id=wire.identifier(wire.first(payload, "paymentID", "id")),
        direction=direction,
        cents=0 if amount is None else _cents(amount),
        status=payment_status(name, number),
        raw_status=wire.optional_text(name) or wire.shown(number),
        comment=wire.text_in(payload, "statusComment"),
        account_id=wire.optional_text(payload.get("accountID")),
        note=None if amount is None else wire.optional_text(payload.get("note")),
        currency=wire.currency(payload.get("currency")),
    )


def _cents(amount: object) -> int:
    """Return an event's amount without its sign; 0 would pass for one that is not named."""
    cents = abs(wire.cents(amount))
    if not cents:
        raise ValueError("an amount of nothing")
    return cents


def _named_direction(direction: Direction, payload: Mapping[str, Any]) -> Direction:
    """Return the direction that an event's payload names; the sign says so of redemptions alone."""
    named = _CATEGORIES.get(wire.text_in(payload, "category").upper(), direction)
    amount = payload.get("amount")
    if named is Direction.DEPOSIT and amount is not None and wire.number(amount) < 0:
        return Direction.WITHDRAWAL
    return named
