"""Blocks as people see them on a portfolio: those of its rails, and what operators halted above it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trading.automation.portfolios.models import Portfolio
from trading.automation.rails import rules
from trading.automation.rails.models import Block
from trading.platform.clock import Clock


@dataclass(frozen=True)
class ShownBlocks:
    """The blocks of a portfolio at a moment: what holds, and what ended last."""

    holding: tuple[Block, ...] = ()
    ended: tuple[Block, ...] = ()
    at: datetime | None = None

    def now(self, block: Block) -> Block | None:
        """Return a block that a day noted as it is now: holding, or ended; None where it is over and nobody knows when.

        What ended ahead of its `until`, people ended.
        """
        known = (other for other in (*self.holding, *self.ended) if other.identity == block.identity)
        is_over = self.at is not None and not block.holds_at(self.at)
        return next(known, block if is_over else None)


@dataclass(frozen=True)
class BlockReader:
    """Reads blocks. `load_halts` returns those that hold for a person, or for everybody."""

    load_halts: Callable[[str], Sequence[Block]]
    clock: Clock

    def of(self, portfolio: Portfolio) -> ShownBlocks:
        """Return what holds for a portfolio now, in the order in which it is asked. Two requests."""
        return self.of_owner(portfolio.key.owner)(portfolio)

    def of_owner(self, owner: str) -> Callable[[Portfolio], ShownBlocks]:
        """Return the lookup of each portfolio's blocks of a person. Two requests for all of them."""
        halts, now = tuple(self.load_halts(owner)), self.clock.now()

        def of(portfolio: Portfolio) -> ShownBlocks:
            own = rules.blocks_at(portfolio.rails, portfolio.rail_state, now)
            return ShownBlocks((*halts, *own), portfolio.rail_state.ended_before(now), now)

        return of
