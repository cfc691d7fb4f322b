"""What requests for deposits and redemptions ask for, held to the broker's rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.partners.drivewealth.state import malformed

Body = Mapping[str, Any]

_KINDS: Mapping[str, frozenset[str]] = {
    "DEPOSIT": frozenset({"ACH", "INSTANT_FUNDING"}),
    "REDEMPTION": frozenset({"ACH", "CASH_TRANSFER"}),
}
_LARGEST = 10**9


@dataclass(frozen=True)
class Order:
    """A payment to make. `cents` is None for all the cash there is; a bank account is asked for by ACH alone."""

    account_no: str
    cents: int | None
    kind: str
    code: str | None
    bank_account_id: str | None
    note: str | None


def order_in(category: str, body: Body) -> Order:
    """Return what a request for a deposit or redemption asks for.

    Raises:
        BrokerError: `E400`.
    """
    kind, details = body.get("type", "ACH"), body.get("details")
    if kind not in _KINDS[category] or body.get("currency", "USD") != "USD":
        raise malformed("type or currency is not supported")
    pays_off = category == "REDEMPTION" and body.get("liquidate") is True
    named = isinstance(details, Mapping) and bool(details)
    bank = body.get("bankAccountID")
    if not (isinstance(bank, str) or (bank is None and category == "REDEMPTION" and named)):
        raise malformed("bankAccountID is missing")
    return Order(
        str(body.get("accountNo")),
        None if pays_off else cents_in(body.get("amount")),
        kind,
        _text(body, "transactionCode"),
        bank,
        _text(body, "note"),
    )


def cents_in(amount: object) -> int:
    """Return an amount of whole cents above nothing.

    Raises:
        BrokerError: `E400`.
    """
    number = amount if isinstance(amount, int | Decimal) and not isinstance(amount, bool) else 0
    if not 0 < number <= _LARGEST or number * 100 != int(number * 100):
        raise malformed("amount is not valid")
    return int(number * 100)


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise malformed(f"{name} is not a text")
    return value
