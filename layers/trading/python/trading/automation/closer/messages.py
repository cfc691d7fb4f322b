"""Messages between the closer's job and its worker."""

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict

from trading.automation.portfolios.models import PortfolioKey


class SweepWork(BaseModel):
    """One portfolio that has positions open; `since` is the trade date of the oldest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str
    portfolio_id: int
    since: date
    trade_date: date

    @property
    def key(self) -> PortfolioKey:
        """Return the portfolio's key."""
        return PortfolioKey(self.owner, self.portfolio_id)

    @classmethod
    def of(cls, key: PortfolioKey, *, since: date, trade_date: date) -> Self:
        """Return the message for a portfolio."""
        return cls(owner=key.owner, portfolio_id=key.portfolio_id, since=since, trade_date=trade_date)
