"""What the cents of payments pick, and how long payments take."""

from datetime import datetime, timedelta

from sandbox.partners.drivewealth.money import wire
from sandbox.partners.drivewealth.state import Payment
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange
from trading.platform.clock import trading_date

DEPOSIT_DAYS, REDEMPTION_DAYS, RETURN_DAYS = 3, 2, 5
FAILS, RETURNS, STAYS, STRANGE, AT_ONCE = 1, 2, 3, 4, 5
_ON_THEIR_WAY = {
    True: frozenset({wire.PENDING, wire.APPROVED}),
    False: frozenset({wire.RIA_APPROVED, wire.APPROVED, wire.PENDING}),
}
"""The statuses, of deposits and of redemptions, that more follows on by itself."""


def first_status(payment: Payment) -> int:
    """Return the status that a new payment has."""
    if not payment.is_deposit:
        return wire.RIA_PENDING
    return wire.APPROVED if payment.kind == "INSTANT_FUNDING" else wire.PENDING


def follows_at(payment: Payment, now: datetime) -> datetime | None:
    """Return when a payment whose status is of now moves by itself."""
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
