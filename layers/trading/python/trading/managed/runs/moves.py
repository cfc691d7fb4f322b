"""Whether submitted targets are still what was meant when their run begins.

A run trades towards weights of the whole. Where the whole moved since the plan, so does what is traded;
next to a small order that may be more than the order itself, or the other way round. So a plan whose
smallest order is small is held against what is there now, and is made anew where that moved by more than
a quarter of it. Prices that never rest get so many tries; then it goes out, and what it came to is
measured, planned again or alarmed.
"""

from dataclasses import dataclass
from datetime import timedelta

from trading.managed.models import HoldingsSnapshot, ManagedPortfolio
from trading.managed.observation.reader import AccountReader
from trading.platform.clock import Clock

MAX_SUBMISSIONS = 3
SMALL_SHARE = 50
MOVE_SHARE = 4
VALID_FOR = timedelta(minutes=2)


@dataclass(frozen=True)
class MoveCheck:
    """Holds plans against what accounts hold now."""

    account_reader: AccountReader
    clock: Clock

    def needs_observation(self, portfolio: ManagedPortfolio) -> bool:
        """Say whether prices may have moved so far that a plan must be held against them."""
        smallest, seen = portfolio.min_order_cents, portfolio.seen
        if smallest is None or seen is None or portfolio.submissions > MAX_SUBMISSIONS:
            return False
        return smallest * SMALL_SHARE < seen.equity_cents or self.clock.now() - seen.at > VALID_FOR

    def is_current(self, portfolio: ManagedPortfolio) -> bool:
        """Say whether what was submitted is still meant; by one request, and by none where orders are large."""
        if not self.needs_observation(portfolio) or portfolio.seen is None:
            return True
        now = self.account_reader.fresh(portfolio, str(portfolio.broker_account_id))
        return now is not None and moved_cents(portfolio.seen, now) * MOVE_SHARE <= (portfolio.min_order_cents or 0)


def moved_cents(before: HoldingsSnapshot, now: HoldingsSnapshot) -> int:
    """Return by how much cash and what is held moved between two observations, each symbol by itself."""
    moved = abs(now.cash_cents - before.cash_cents)
    for collection_id in {*before.cents, *now.cents}:
        old, new = before.cents.get(collection_id, {}), now.cents.get(collection_id, {})
        moved += sum(abs(new.get(symbol, 0) - old.get(symbol, 0)) for symbol in {*old, *new})
    return moved
