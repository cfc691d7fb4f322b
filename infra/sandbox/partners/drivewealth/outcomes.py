"""What names and amounts pick, and how long things take."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from infra.sandbox.partners.drivewealth import wire
from infra.sandbox.partners.drivewealth.state import Payment, User
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange
from trading.platform.clock import trading_date

LONGEST_NAME = 36
DEPOSIT_DAYS, REDEMPTION_DAYS, RETURN_DAYS = 3, 2, 5
FAILS, RETURNS, STAYS, STRANGE, AT_ONCE = 1, 2, 3, 4, 5


class BrokerError(Exception):
    """Raised when the broker says no: an HTTP status and its own code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def documents_in(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the documents of an application by type. Raises BrokerError."""
    try:
        return {str(each["type"]): dict(each["data"]) for each in body["documents"]}
    except (KeyError, TypeError, ValueError):
        raise BrokerError(400, "E400", "documents are missing or malformed") from None


def kyc_outcome(user: User) -> tuple[str, list[str]]:
    basic = user.documents.get("BASIC_INFO", {})
    if any(len(str(basic.get(name, ""))) > LONGEST_NAME for name in ("firstName", "lastName")):
        return "KYC_INFO_REQUIRED", ["K110"]
    outcomes = {
        "Denied": ("KYC_DENIED", ["K102"]),
        "Review": ("KYC_MANUAL_REVIEW", []),
        "Info": ("KYC_MANUAL_REVIEW", ["K101"]),
        "Document": ("KYC_DOC_REQUIRED", []),
        "Waiting": ("KYC_PROCESSING", []),
    }
    return outcomes.get(user.last_name, ("KYC_APPROVED", []))


def status_after(payment: Payment) -> int:
    """Return the status that follows by itself."""
    if payment.status == wire.SUCCESSFUL:
        return wire.RETURNED
    return {FAILS: wire.FAILED, STRANGE: wire.UNKNOWN}.get(payment.cents % 100, wire.SUCCESSFUL)


def business_days_after(moment: datetime, count: int) -> datetime:
    """Return the same time of day, some business days later."""
    while count:
        moment += timedelta(days=1)
        count -= trading_day(Exchange.NYSE, trading_date(moment)) is not None
    return moment


def cents_in(amount: object) -> int:
    """Return an amount in cents. Raises BrokerError."""
    cents = amount * 100 if isinstance(amount, int | Decimal) and not isinstance(amount, bool) else None
    if cents is None or cents != int(cents) or cents <= 0:
        raise BrokerError(400, "E400", "amount is not valid")
    return int(cents)
