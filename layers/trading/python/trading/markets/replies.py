"""Replies that show exchanges."""

from trading.markets.models import TradingDay
from trading.platform.fields import Moment, Reply


class ExchangeReply(Reply):
    """An exchange. Without market data (`covered`) nothing trades by itself there, and prices are those of owners.

    `opens_at` and `closes_at` are those of the session that runs, or else of the next one.
    """

    id: int
    code: str
    currency: str
    covered: bool
    open: bool
    opens_at: Moment
    closes_at: Moment

    @classmethod
    def of(cls, day: TradingDay, *, is_covered: bool, is_open: bool) -> "ExchangeReply":
        """Return the reply that shows an exchange by its session."""
        return cls(
            id=day.exchange.value,
            code=day.exchange.code,
            currency=day.exchange.currency,
            covered=is_covered,
            open=is_open,
            opens_at=day.opens_at,
            closes_at=day.closes_at,
        )


class ExchangeList(Reply):
    """All exchanges."""

    items: list[ExchangeReply]
    next_cursor: None = None
