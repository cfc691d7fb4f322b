"""Manual purchases: what keeps an owner from one. Sales are kept from by nothing."""

from datetime import datetime

from trading.automation.portfolios.models import Portfolio
from trading.automation.rails.halts import strength_of
from trading.brokerage.halts import BuyRestriction
from trading.platform.errors import Conflict


def require_not_stopped(portfolio: Portfolio, now: datetime) -> None:
    """Refuse a purchase in a portfolio that its owner stopped from buying.

    Raises:
        Conflict: `owner_stop`.
    """
    strength = strength_of(portfolio.rail_state.blocks, now)
    if strength is not None and strength.holds_manual_buys:
        raise Conflict("You stopped this portfolio from buying; lift the stop first.", code="owner_stop")


def refusal(restriction: BuyRestriction | None) -> Conflict:
    """Return why a purchase was not written: the owner, or everybody, may not buy."""
    if restriction is BuyRestriction.BILLING_HOLD:
        return Conflict("An invoice is not paid yet; buying goes on when it is.", code="billing_hold")
    return Conflict("Trading is paused, for you or for everybody; selling stays possible.", code="trading_paused")
