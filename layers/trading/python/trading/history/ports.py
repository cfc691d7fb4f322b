"""What the feed's store answers with."""

from dataclasses import dataclass

from trading.history.models import HistoryItem


@dataclass(frozen=True)
class HistoryPage:
    """Items, newest first, and where the next page starts, if there is one."""

    items: tuple[HistoryItem, ...]
    next_after: str | None
