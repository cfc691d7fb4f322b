"""Cash that came or went: what an account really holds is submitted to the broker as its targets, without a run.

Targets are shares of the whole. Were they left alone, a deposit would be spent on what was submitted before,
and a withdrawal raised by sales, whenever the broker rebalances by itself. Nothing is traded here: the
portfolio owes its targets until a rebalance has submitted them, in market hours or not.
"""

from dataclasses import dataclass

from trading.managed.effects import change_of
from trading.managed.ports import ManagedStore
from trading.platform.clock import Clock
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class CashService:
    """Follows deposits and withdrawals."""

    store: ManagedStore
    clock: Clock

    @retry_on_stale
    def follow(self, owner: str) -> bool:
        """Have a portfolio owe its targets; return whether a rebalance is wanted. Done again, it changes nothing."""
        state = self.store.load(owner)
        if state.portfolio is None or state.portfolio.portfolio_id is None:
            return False
        now = self.clock.now()
        self.store.commit(change_of(state, state.portfolio.owing_targets(now), (), at=now))
        return True
