"""Blocks as people see them on a portfolio: those of its rails, and what operators halted above it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trading.automation.portfolios.models import Portfolio
from trading.automation.rails import rules
from trading.automation.rails.models import Block
from trading.platform.clock import Clock


@dataclass(frozen=True)
class BlockReader:
    """Reads blocks. `load_halts` returns those that hold for a person, or for everybody."""

    load_halts: Callable[[str], Sequence[Block]]
    clock: Clock

    def of(self, portfolio: Portfolio) -> tuple[Block, ...]:
        """Return what holds for a portfolio now, in the order in which it is asked. Two requests."""
        return self.of_owner(portfolio.key.owner)(portfolio)

    def of_owner(self, owner: str) -> Callable[[Portfolio], tuple[Block, ...]]:
        """Return the lookup of each portfolio's blocks of a person. Two requests for all of them."""
        halts, now = tuple(self.load_halts(owner)), self.clock.now()
        return lambda portfolio: (*halts, *rules.blocks_at(portfolio.rails, portfolio.rail_state, now))
