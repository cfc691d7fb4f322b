"""Messages from the job of corporate actions to its workers."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from trading.automation.portfolios.models import PortfolioKey
from trading.markets.corporate_actions.models import CorporateAction


class ActionWork(BaseModel):
    """One portfolio with an action to apply, or with claims that may be due."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str
    portfolio_id: int
    action: CorporateAction | None = None

    @property
    def key(self) -> PortfolioKey:
        """Return the portfolio's key."""
        return PortfolioKey(self.owner, self.portfolio_id)

    @classmethod
    def of(cls, key: PortfolioKey, action: CorporateAction | None = None) -> Self:
        """Return the message for a portfolio."""
        return cls(owner=key.owner, portfolio_id=key.portfolio_id, action=action)
