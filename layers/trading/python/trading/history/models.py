"""History items: what people see of rebalances, money, commissions, trading days, corporate actions and blocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

BLOCKED, LIFTED, ENDED = "blocked", "lifted", "ended"
"""The statuses of a block: it holds, people ended it, or it ended by itself."""

Halts = Callable[[], Mapping[str, datetime]]
"""Returns since when operators halt a person, by the scope of the halt: `person` and `everything`."""


class HistoryType(StrEnum):
    """The kinds of items."""

    REBALANCE = "rebalance"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    COMMISSION = "commission"
    SESSION = "session"
    CORPORATE_ACTION = "corporate_action"
    BLOCK = "block"


@dataclass(frozen=True)
class HistoryItem:
    """One thing that happened, in its latest state: its record's id and status, signed cents, and when it began.

    `link` is the path of the record itself. An item is written in the transaction of its record, so it
    never says anything else; its place in the feed is that of its beginning, and does not move. Of a block `ends_at`
    is when it ends or ended, `halt` the scope of the operators' halt that it lasts as long as.
    """

    owner: str
    item_id: str
    type: HistoryType
    status: str
    amount_cents: int | None
    at: datetime
    link: str
    ends_at: datetime | None = None
    halt: str | None = None

    def now(self, moment: datetime, halts: Halts) -> "HistoryItem":
        """Return the item as it is at a moment: what says until when ends then, what operators halted with the halt."""
        if self.status != BLOCKED:
            return self
        if self.ends_at is not None and self.ends_at <= moment:
            return replace(self, status=ENDED)
        if self.halt is not None and halts().get(self.halt) != self.at:
            return replace(self, status=LIFTED)
        return self
