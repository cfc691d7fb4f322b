"""What versions need of the world outside."""

from typing import Protocol

from trading.managed.models import HoldingsSnapshot, ManagedPortfolio


class HoldingsReader(Protocol):
    """What accounts hold at the broker."""

    def holdings(self, portfolio: ManagedPortfolio, account_id: str) -> HoldingsSnapshot | None:
        """Return what an account holds; None where nothing that makes sense is younger than an hour."""
        ...
