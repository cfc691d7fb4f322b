"""What routes answer of rails."""

from typing import Self

from trading.automation.rails.models import Block, RailName
from trading.brokerage.halts import HaltStrength
from trading.platform.fields import Moment, Number, Reply


class BlockReply(Reply):
    """What keeps from buying: the rail, what it holds (`scope`, a symbol where it is one), since when and until when.

    `until` is null where only people end it. `value` is the figure that was found, `limit` what was allowed.
    `strength` and `set_by` (`owner`, `operator`) are those of stops that people set; null for the others. `stale`
    names symbols that were valued at their last price.
    """

    rail: RailName
    scope: str
    since: Moment
    until: Moment | None
    reason: str
    value: Number | None
    limit: Number | None
    strength: HaltStrength | None
    set_by: str | None
    stale: list[str]

    @classmethod
    def of(cls, block: Block) -> Self:
        """Return the reply that shows a block."""
        return cls(
            rail=block.rail,
            scope=block.scope,
            since=block.since,
            until=block.until,
            reason=block.reason,
            value=block.value,
            limit=block.limit,
            strength=block.strength,
            set_by=block.set_by,
            stale=list(block.stale),
        )
