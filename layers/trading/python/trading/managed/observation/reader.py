"""Reads accounts at the broker: what one holds, as far as its status makes sense."""

from dataclasses import dataclass
from datetime import timedelta

from trading.managed.models import HoldingsSnapshot, ManagedPortfolio
from trading.managed.observation.measurement import Measured, measure, seen
from trading.managed.observation.validity import problems
from trading.managed.ports import ManagedState, PortfolioBroker
from trading.platform.clock import Clock
from trading.platform.errors import Refused, Unavailable
from trading.platform.observability import count, logger

MAX_AGE = timedelta(hours=1)


@dataclass(frozen=True)
class Observation:
    """What is held, and what was traded since the one before; not `is_fresh` where an older one is used instead."""

    seen: HoldingsSnapshot
    measured: Measured
    is_fresh: bool


@dataclass(frozen=True)
class AccountReader:
    """Reads accounts at the broker and believes only what adds up."""

    broker: PortfolioBroker
    clock: Clock

    def observe(self, state: ManagedState, portfolio: ManagedPortfolio, account_id: str) -> Observation | None:
        """Return what an account holds; None where neither a fresh status nor one younger than an hour makes sense."""
        fresh = self.fresh(portfolio, account_id)
        if fresh is not None:
            expected = state.account.broker_cash_cents if state.account else fresh.cash_cents
            return Observation(fresh, measure(portfolio.seen, fresh, expected), is_fresh=True)
        last = self._last(portfolio)
        return Observation(last, Measured({}, 0, is_explained=True), is_fresh=False) if last is not None else None

    def holdings(self, portfolio: ManagedPortfolio, account_id: str) -> HoldingsSnapshot | None:
        """Return what an account holds, as `observe` does, without measuring what was traded."""
        return self.fresh(portfolio, account_id) or self._last(portfolio)

    def _last(self, portfolio: ManagedPortfolio) -> HoldingsSnapshot | None:
        last = portfolio.seen
        return last if last is not None and self.clock.now() - last.at < MAX_AGE else None

    def fresh(self, portfolio: ManagedPortfolio, account_id: str) -> HoldingsSnapshot | None:
        """Return what an account holds now; None where that cannot be had, or does not add up."""
        try:
            status = self.broker.portfolio_status(account_id)
        except (Unavailable, Refused):
            return None
        wrong = problems(status)
        if wrong:
            count("InvalidStatuses")
            logger.warning(
                "portfolio status not valid", code="status_not_valid", problems=", ".join(sorted(set(wrong)))
            )
            return None
        return seen(status, portfolio, self.clock)
