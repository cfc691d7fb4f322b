"""History items: what people see of rebalances, money, commissions, trading days, corporate actions and blocks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    never says anything else; its place in the feed is that of its beginning, and does not move.
    """

    owner: str
    item_id: str
    type: HistoryType
    status: str
    amount_cents: int | None
    at: datetime
    link: str
