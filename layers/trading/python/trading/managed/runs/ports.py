"""What runs need of the world outside."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from trading.brokerage.portfolios import BrokerRun
from trading.managed.models import ManagedPortfolio
from trading.managed.runs.models import Run
from trading.platform.sources import Sources


class RunStore(Protocol):
    """Autopilot runs, and the portfolios that wait for one."""

    def find(self, run_id: str) -> Run | None:
        """Return a run, strongly consistent."""
        ...

    def save(self, run: Run) -> Run:
        """Write a run's next version; return it. Raises StaleRecord if somebody else wrote first."""
        ...

    def unfinished(self) -> Iterable[str]:
        """Yield the ids of the runs that are not done."""
        ...

    def ready(self, until: datetime, limit: int) -> tuple[str, ...]:
        """Return the owners of portfolios that wait for a run."""
        ...

    def due(self, until: datetime) -> Sources[str]:
        """Return the owners of portfolios that want a rebalance."""
        ...

    def everybody(self) -> Sources[str]:
        """Return the owners of all portfolios that are rebalanced at times."""
        ...

    def claim(self, owner: str, run_id: str, submitted_on: date) -> ManagedPortfolio | None:
        """Give a portfolio that is ready since a session's day to a run; None if it is not, or not any more."""
        ...

    def hand_over(self, owner: str, from_run: str, to_run: str) -> None:
        """Give a portfolio of one run to another; one that is elsewhere by now stays there."""
        ...

    def in_flight(self, run_id: str, owners: tuple[str, ...]) -> tuple[str, ...]:
        """Return those owners whose portfolios a run still has, strongly consistent."""
        ...

    def release(self, owner: str, run_id: str, at: datetime) -> None:
        """Take a portfolio back from a run that is not carried out; a rebalance is due for it."""
        ...


class RunBroker(Protocol):
    """The broker's runs."""

    def start_run(self, account_ids: tuple[str, ...], *, key: str) -> BrokerRun:
        """Have the broker trade for accounts. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def run(self, run_id: str) -> BrokerRun:
        """Return a run. Raises Refused (`not_found`) or Unavailable."""
        ...

    def failed_accounts(self, run: BrokerRun) -> frozenset[str]:
        """Return the accounts that a run's outcome calls failed. Raises Unavailable."""
        ...
