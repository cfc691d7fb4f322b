"""Rails: their settings, the blocks that they put up, and what they remember of a portfolio.

Settings are the owner's, a block is what a rail found with its figures, the state is what rails know of
earlier days. All lie on the portfolio's own item, so that every purchase is conditioned on them.
Percents are in percent: 3.0 is 3 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from trading.brokerage.halts import HaltStrength

MAX_ENDED = 5
"""How many blocks that ended a portfolio shows."""


class RailName(StrEnum):
    """The rails, in the order in which they are asked before an entry."""

    KILL_SWITCH = "kill_switch"
    OWNER_STOP = "owner_stop"
    DRAWDOWN = "drawdown"
    DAILY_LOSS = "daily_loss"
    STOP_GUARD = "stop_guard"
    COOL_DOWN = "cool_down"
    NOTIONAL = "notional"
    RATE = "rate"
    SETTLED_CASH = "settled_cash"


class BlockScope(StrEnum):
    """What a block holds; one that holds a symbol alone has the symbol as its scope."""

    PORTFOLIO = "portfolio"
    PERSON = "person"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class StopGuard:
    """So many losing stops in so many sessions, the present one among them, block through the next session."""

    losses: int
    sessions: int


BALANCED_GUARD = StopGuard(losses=3, sessions=1)


@dataclass(frozen=True)
class RailSettings:
    """The rails of a portfolio as its owner sets them; None is off. The defaults are those of `balanced`."""

    daily_loss_percent: Decimal | None = Decimal("3.0")
    max_drawdown_percent: Decimal | None = Decimal("15.0")
    trailing_stop_percent: Decimal | None = None
    stop_guard: StopGuard | None = BALANCED_GUARD
    cool_down_sessions: int | None = 1
    max_order_notional_cents: int | None = None
    settled_cash: bool = False

    def with_changes(self, changes: Mapping[str, Any]) -> "RailSettings":
        """Return the settings with some fields changed; of the stop guard, too, those that are given."""
        guard = changes.get("stop_guard")
        if guard is None:
            return replace(self, **changes)
        merged = replace(self.stop_guard or BALANCED_GUARD, **guard)
        return replace(self, **{**changes, "stop_guard": merged})


RAIL_PRESETS: Mapping[str, RailSettings] = {
    "conservative": RailSettings(Decimal("1.5"), Decimal("10.0"), cool_down_sessions=2),
    "balanced": RailSettings(),
    "aggressive": RailSettings(Decimal("5.0"), Decimal("25.0"), cool_down_sessions=0),
}
"""The rails of each preset, by its name."""


@dataclass(frozen=True)
class Block:
    """A rail that keeps from buying, with the figure that it found and the limit that it held it against.

    `scope` is a `BlockScope` or a symbol; `until` is None where only people end it. `stale` names the
    symbols that were valued at their last price, for want of a fresh one. What people halted has a `strength`, and
    `set_by` says who that was: the owner or an operator.
    """

    rail: RailName
    since: datetime
    reason: str
    scope: str = BlockScope.PORTFOLIO.value
    until: datetime | None = None
    value: Decimal | None = None
    limit: Decimal | None = None
    stale: tuple[str, ...] = ()
    strength: HaltStrength | None = None
    set_by: str | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Say whether the block is not over at a moment."""
        return self.until is None or moment < self.until

    @property
    def identity(self) -> tuple[RailName, str, datetime]:
        """Return rail, scope and beginning: no two blocks of a portfolio share them."""
        return self.rail, self.scope, self.since

    def ended(self, moment: datetime) -> "Block":
        """Return the block as one that ended at a moment, or before it where it said so."""
        return self if not self.holds_at(moment) else replace(self, until=moment)


@dataclass(frozen=True)
class Flatten:
    """An order of a rail to sell the day-trading positions of trade dates up to `through`, due until none is left."""

    rail: RailName
    since: datetime
    through: date

    @property
    def exit_reason(self) -> str:
        """Return the exit reason of what it sells."""
        return "daily_loss" if self.rail is RailName.DAILY_LOSS else "flatten"


@dataclass(frozen=True)
class EquityMark:
    """What a portfolio was worth at a moment of a day, and what had been paid in, less what was taken out."""

    day: date
    equity_cents: int
    contributed_cents: int

    def with_flows(self, contributed_cents: int) -> int:
        """Return what it would be worth with what was paid in or taken out since, and nothing else."""
        return self.equity_cents + contributed_cents - self.contributed_cents


@dataclass(frozen=True)
class StopCount:
    """How many positions a session lost by their stops."""

    day: date
    losing: int


@dataclass(frozen=True)
class Rest:
    """Symbols that were stopped out in a session, and until when they are not bought again."""

    day: date
    until: datetime
    sessions: int
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class Proceeds:
    """What a day's sales brought in, in cents: it is cash at once, and settled a day later."""

    day: date
    cents: int


@dataclass(frozen=True)
class RailState:
    """What the rails know of a portfolio.

    `before_open` is what it was worth before the session that began last, `at_close` at the close that was
    last. `proceeds` are those of the last days' sales, `refusals` when the broker refused an order lately.
    `share_of_peak` is the last closing equity as a share of the highest, flows taken out: 1 at the peak.
    `ended` are the blocks that ended last, the latest first.
    """

    blocks: tuple[Block, ...] = ()
    flatten: Flatten | None = None
    before_open: EquityMark | None = None
    at_close: EquityMark | None = None
    share_of_peak: Decimal = Decimal(1)
    stops: tuple[StopCount, ...] = ()
    rests: tuple[Rest, ...] = ()
    proceeds: tuple[Proceeds, ...] = ()
    refusals: tuple[datetime, ...] = ()
    ended: tuple[Block, ...] = ()

    def with_block(self, block: Block, now: datetime) -> "RailState":
        """Return the state with a block in place of an earlier one of its kind, and without those that are over."""
        place = (block.rail, block.scope)
        over = [old for old in self.blocks if not old.holds_at(now) or (old.rail, old.scope) == place]
        kept = self._with_ended(over, now)
        return replace(kept, blocks=(*kept.blocks, block))

    def without(self, *rails: RailName) -> "RailState":
        """Return the state as if some rails had put up no block."""
        return replace(self, blocks=tuple(block for block in self.blocks if block.rail not in rails))

    def lifted(self, now: datetime, *rails: RailName) -> "RailState":
        """Return the state in which the blocks of some rails have ended."""
        return self._with_ended([block for block in self.blocks if block.rail in rails], now)

    def ended_before(self, now: datetime) -> tuple[Block, ...]:
        """Return the blocks that ended last by a moment, the latest first."""
        return self._with_ended([block for block in self.blocks if not block.holds_at(now)], now).ended

    def _with_ended(self, over: Sequence[Block], now: datetime) -> "RailState":
        ended = (block.ended(now) for block in over)
        lasted = [block for block in ended if block.until is not None and block.since < block.until]
        latest = sorted((*lasted, *self.ended), key=lambda block: block.until or now, reverse=True)[:MAX_ENDED]
        return replace(self, blocks=tuple(block for block in self.blocks if block not in over), ended=tuple(latest))
