"""Belief: whether a quote, or the last trade in its place, is a price for a purpose. No I/O, no clock.

    sides       bid and ask finite, from 0.0001 to 1,000 m, the bid not above the ask
    spread      at most 2 % of the middle (a setting)
    stamp       at most 5 s ahead of now; at most 15 min old for exits, 2 min for entries, 1 min for
                display; not before a moment that the purpose names (the open)
    band        within 50 % of the last price, or confirmed by the last trade

Purchases are priced at the ask, sales at the bid (stops and targets too), values at the middle.
Where a quote is no price, a close or a flatten may take the last trade, if that is at most 5 min old.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from trading.markets.models import Price, PriceSource, Quote
from trading.platform.money import PRICE_STEP

MAX_SPREAD = Decimal("0.02")
MAX_PRICE = Decimal(1_000_000_000)
MAX_AHEAD = timedelta(seconds=5)
MAX_TRADE_AGE = timedelta(minutes=5)
MAX_CONFIRMATION_AGE = timedelta(minutes=15)
MAX_CONFIRMATION_DISTANCE = Decimal("0.1")
BAND = Decimal("0.5")


class Reason(StrEnum):
    """Why a quote is no price."""

    NO_SIDE = "no_side"
    CROSSED = "crossed"
    TOO_WIDE = "too_wide"
    FROM_THE_FUTURE = "from_the_future"
    STALE = "stale"
    BEFORE_OPEN = "before_open"
    OUT_OF_BAND = "out_of_band"


class QuoteSide(StrEnum):
    """Which of a quote's prices counts."""

    BID = "bid"
    ASK = "ask"
    MIDDLE = "middle"


@dataclass(frozen=True)
class Purpose:
    """What a price is wanted for: the side that counts, how old it may be, and from when on it counts.

    With `takes_trade` the last trade may stand in for a quote that is no price.
    """

    side: QuoteSide
    max_age: timedelta
    not_before: datetime | None = None
    takes_trade: bool = False
    max_ahead: timedelta = MAX_AHEAD

    def since(self, moment: datetime) -> "Purpose":
        """Return the purpose for prices that are not from before a moment."""
        return replace(self, not_before=moment)

    def after_waiting(self, waited: timedelta) -> "Purpose":
        """Return the purpose where a provider was waited for: what it stamped meanwhile is not from the future."""
        return replace(self, max_ahead=self.max_ahead + waited)


ENTRY = Purpose(QuoteSide.ASK, timedelta(minutes=2))
EXIT = Purpose(QuoteSide.BID, timedelta(minutes=15))
FLATTEN = replace(EXIT, takes_trade=True)
DISPLAY = Purpose(QuoteSide.MIDDLE, timedelta(minutes=1))


def believable(
    quote: Quote,
    purpose: Purpose,
    now: datetime,
    last_price: Decimal | None = None,
    *,
    max_spread: Decimal = MAX_SPREAD,
) -> Price | Reason:
    """Return the price that a quote gives for a purpose, or the first reason why it gives none.

    `last_price` is the last that was believed; without one there is no band.
    """
    reason = (
        _reason_of_sides(quote, max_spread)
        or _reason_of_stamp(quote.at, purpose, now)
        or _reason_of_band(quote, purpose, now, last_price)
    )
    if reason is None:
        return Price(_amount(quote, purpose.side), quote.at, PriceSource.QUOTE, quote.ask - quote.bid)
    stand_in = _stand_in(quote, purpose, now, last_price) if purpose.takes_trade else None
    return stand_in or reason


def depends_on_trade(reason: Reason, purpose: Purpose) -> bool:
    """Say whether the last trade, if it were known, could make a price of a quote that is none."""
    return purpose.takes_trade or reason is Reason.OUT_OF_BAND


def _stand_in(quote: Quote, purpose: Purpose, now: datetime, last_price: Decimal | None) -> Price | None:
    trade = quote.last_trade
    if trade is None or not is_amount(trade.price):
        return None
    is_recent = _reason_of_stamp(trade.at, replace(purpose, max_age=MAX_TRADE_AGE), now) is None
    # A trade far from the last price counts where bid and ask, however wide, lie around it.
    is_plausible = _is_within_band(trade.price, last_price) or 0 < quote.bid <= trade.price <= quote.ask
    return Price(trade.price, trade.at, PriceSource.TRADE) if is_recent and is_plausible else None


def _reason_of_sides(quote: Quote, max_spread: Decimal) -> Reason | None:
    if not (is_amount(quote.bid) and is_amount(quote.ask)):
        return Reason.NO_SIDE
    if quote.bid > quote.ask:
        return Reason.CROSSED
    is_wide = 2 * (quote.ask - quote.bid) > max_spread * (quote.ask + quote.bid)
    return Reason.TOO_WIDE if is_wide else None


def _reason_of_stamp(at: datetime, purpose: Purpose, now: datetime) -> Reason | None:
    if at > now + purpose.max_ahead:
        return Reason.FROM_THE_FUTURE
    if at < now - purpose.max_age:
        return Reason.STALE
    return Reason.BEFORE_OPEN if purpose.not_before is not None and at < purpose.not_before else None


def _reason_of_band(quote: Quote, purpose: Purpose, now: datetime, last_price: Decimal | None) -> Reason | None:
    is_believed = _is_within_band(quote.middle, last_price) or _is_confirmed(quote, purpose, now)
    return None if is_believed else Reason.OUT_OF_BAND


def _is_within_band(amount: Decimal, last_price: Decimal | None) -> bool:
    return last_price is None or abs(amount - last_price) <= BAND * last_price


def _is_confirmed(quote: Quote, purpose: Purpose, now: datetime) -> bool:
    """Say whether the last trade is recent and about where the quote is: that makes two sources."""
    trade = quote.last_trade
    if trade is None or not is_amount(trade.price):
        return False
    is_recent = now - MAX_CONFIRMATION_AGE <= trade.at <= now + purpose.max_ahead
    return is_recent and abs(trade.price - quote.middle) <= MAX_CONFIRMATION_DISTANCE * quote.middle


def is_amount(amount: Decimal) -> bool:
    """Say whether a figure can be a price at all."""
    return amount.is_finite() and PRICE_STEP <= amount <= MAX_PRICE


def _amount(quote: Quote, side: QuoteSide) -> Decimal:
    return {QuoteSide.BID: quote.bid, QuoteSide.ASK: quote.ask, QuoteSide.MIDDLE: quote.middle}[side]
