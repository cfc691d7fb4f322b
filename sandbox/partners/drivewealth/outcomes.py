"""What names and amounts pick, and how long things take."""

from datetime import datetime, timedelta

from sandbox.partners.drivewealth import wire
from sandbox.partners.drivewealth.state import Payment, User
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange
from trading.platform.clock import trading_date

MAX_NAME = 36
DEPOSIT_DAYS, REDEMPTION_DAYS, RETURN_DAYS = 3, 2, 5
FAILS, RETURNS, STAYS, STRANGE, AT_ONCE = 1, 2, 3, 4, 5
_ON_THEIR_WAY = {
    True: frozenset({wire.PENDING, wire.APPROVED}),
    False: frozenset({wire.RIA_APPROVED, wire.APPROVED, wire.PENDING}),
}
"""The statuses, of deposits and of redemptions, that more follows on by itself."""


def kyc_outcome(user: User) -> tuple[str, list[str]]:
    """Return what a person's check comes to by itself: its status, and the codes of what it found."""
    basic = user.of("BASIC_INFO")
    if any(len(str(basic.get(name, ""))) > MAX_NAME for name in ("firstName", "lastName")):
        return "KYC_INFO_REQUIRED", ["K110"]
    outcomes = {
        "Denied": ("KYC_DENIED", ["K102"]),
        "Review": ("KYC_MANUAL_REVIEW", []),
        "Info": ("KYC_MANUAL_REVIEW", ["K101"]),
        "Document": ("KYC_DOC_REQUIRED", []),
        "Waiting": ("KYC_PROCESSING", []),
    }
    return outcomes.get(user.last_name, ("KYC_APPROVED", []))


def first_status(payment: Payment) -> int:
    """Return the status that a new payment has."""
    if not payment.is_deposit:
        return wire.RIA_PENDING
    return wire.APPROVED if payment.kind == "INSTANT_FUNDING" else wire.PENDING


def follows_at(payment: Payment, now: datetime) -> datetime | None:
    """Return when a payment that stands as it does since now moves by itself."""
    picked = payment.cents % 100
    if payment.status == wire.SUCCESSFUL:
        return business_days_after(now, RETURN_DAYS) if picked == RETURNS else None
    if picked == STAYS or payment.status not in _ON_THEIR_WAY[payment.is_deposit]:
        return None
    return business_days_after(now, DEPOSIT_DAYS if payment.is_deposit else REDEMPTION_DAYS)


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
