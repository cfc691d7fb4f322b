"""What requests to the broker ask for, held to its rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.partners.drivewealth.state import BrokerError

Body = Mapping[str, Any]

_KINDS: Mapping[str, frozenset[str]] = {
    "DEPOSIT": frozenset({"ACH", "INSTANT_FUNDING"}),
    "REDEMPTION": frozenset({"ACH", "CASH_TRANSFER"}),
}
_DOCUMENTS = frozenset(
    {
        "BASIC_INFO",
        "EMPLOYMENT_INFO",
        "INVESTOR_PROFILE_INFO",
        "DISCLOSURES",
        "IDENTIFICATION_INFO",
        "TAX_INFO",
        "PERSONAL_INFO",
        "ADDRESS_INFO",
    }
)
_PICTURES = frozenset(
    {
        "DRIVER_LICENSE",
        "PASSPORT",
        "NATIONAL_ID_CARD",
        "VOTER_ID",
        "WORK_PERMIT",
        "VISA",
        "RESIDENCE_PERMIT",
    }
)
_LARGEST = 10**9
_SIDES = frozenset({"FRONT", "BACK"})


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


def documents_in(body: Body) -> dict[str, dict[str, Any]]:
    """Return the documents of an application by type; of the tax id, its last four digits alone.

    Raises:
        BrokerError: `E400`.
    """
    try:
        documents = {str(document["type"]): dict(document["data"]) for document in body["documents"]}
    except (KeyError, TypeError, ValueError):
        raise malformed("documents are missing or malformed") from None
    if not documents.keys() <= _DOCUMENTS:
        raise malformed("a document's type is not supported")
    papers = documents.get("IDENTIFICATION_INFO")
    if papers is not None:
        papers["value"] = f"****{str(papers.get('value'))[-4:]}"
    return documents


def picture_in(body: Body) -> dict[str, str]:
    """Return type and side of a picture of an identity document, which itself is not kept.

    Raises:
        BrokerError: `E400`.
    """
    told = {name: str(body.get(name)) for name in ("type", "side")}
    if told["type"] not in _PICTURES or told["side"] not in _SIDES:
        raise malformed("type or side is not supported")
    if not str(body.get("document", "")).startswith("data:"):
        raise malformed("document must be a data URL")
    return told


def cents_in(amount: object) -> int:
    """Return an amount of whole cents above nothing.

    Raises:
        BrokerError: `E400`.
    """
    number = amount if isinstance(amount, int | Decimal) and not isinstance(amount, bool) else 0
    if not 0 < number <= _LARGEST or number * 100 != int(number * 100):
        raise malformed("amount is not valid")
    return int(number * 100)


def malformed(message: str) -> BrokerError:
    """Return what the broker says of a request that it cannot read."""
    return BrokerError(400, "E400", message)


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise malformed(f"{name} is not a text")
    return value
