"""Messages between the jobs of the trading day and their workers.

Each names one portfolio with its owner, the trade date, and until when acting on it makes sense.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict

from trading.automation.portfolios.models import PortfolioKey
from trading.automation.rails.highs import High, Highs
from trading.markets.models import Exchange, LastTrade, Price, Quote


class QuoteSeen(BaseModel):
    """A quote as the monitor saw and believed it, with the last trade: it confirms a move that a position finds large.

    So a quote that is far off costs one request more, however many positions it seems to reach.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    exchange: Exchange
    symbol: str
    bid: Decimal
    ask: Decimal
    at: datetime
    traded: Decimal | None = None
    traded_at: datetime | None = None
    highs: tuple[tuple[datetime, Decimal], ...] = ()

    @classmethod
    def of(
        cls, exchange: Exchange, symbol: str, bid: Price, trade: LastTrade | None, highs: Sequence[High] = ()
    ) -> Self:
        """Return the quote of a bid as a part of a message, with the symbol's highs where stops trail them."""
        return cls(
            exchange=exchange,
            symbol=symbol,
            bid=bid.amount,
            ask=bid.amount + bid.spread,
            at=bid.at,
            traded=trade.price if trade else None,
            traded_at=trade.at if trade else None,
            highs=tuple((high.since, high.price) for high in highs),
        )

    @property
    def quote(self) -> Quote:
        """Return the quote."""
        trade = LastTrade(self.traded, self.traded_at) if self.traded is not None and self.traded_at else None
        return Quote(self.exchange, self.symbol, self.bid, self.ask, self.at, trade)


class SessionWork(BaseModel):
    """One portfolio's part of a job.

    `signals_version` names the recommendations to plan from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str
    portfolio_id: int
    trade_date: date
    good_until: datetime | None = None
    signals_version: str | None = None

    @property
    def key(self) -> PortfolioKey:
        """Return the portfolio's key."""
        return PortfolioKey(self.owner, self.portfolio_id)

    @classmethod
    def of(
        cls,
        key: PortfolioKey,
        trade_date: date,
        *,
        good_until: datetime | None = None,
        signals_version: str | None = None,
    ) -> Self:
        """Return the message for a portfolio."""
        return cls(
            owner=key.owner,
            portfolio_id=key.portfolio_id,
            trade_date=trade_date,
            good_until=good_until,
            signals_version=signals_version,
        )


class ExitWork(BaseModel):
    """One portfolio with the quotes that reached a target or a stop of its positions, or that its day's loss is of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str
    portfolio_id: int
    trade_date: date
    good_until: datetime | None = None
    quotes: tuple[QuoteSeen, ...]
    may_be_lost: bool = False

    @property
    def key(self) -> PortfolioKey:
        """Return the portfolio's key."""
        return PortfolioKey(self.owner, self.portfolio_id)

    @property
    def seen(self) -> tuple[Quote, ...]:
        """Return the quotes."""
        return tuple(seen.quote for seen in self.quotes)

    @property
    def observed(self) -> Highs:
        """Return the highs of the symbols whose stops trail them."""
        found = {seen.symbol: tuple(High(since, price) for since, price in seen.highs) for seen in self.quotes}
        return Highs({symbol: highs for symbol, highs in found.items() if highs})

    @classmethod
    def of(
        cls,
        key: PortfolioKey,
        trade_date: date,
        *,
        good_until: datetime,
        quotes: Sequence[QuoteSeen],
        may_be_lost: bool = False,
    ) -> Self:
        """Return the message for a portfolio."""
        return cls(
            owner=key.owner,
            portfolio_id=key.portfolio_id,
            trade_date=trade_date,
            good_until=good_until,
            quotes=tuple(quotes),
            may_be_lost=may_be_lost,
        )
