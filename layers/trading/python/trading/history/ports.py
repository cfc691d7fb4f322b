"""What the feed needs of the world outside."""

from dataclasses import dataclass
from typing import Protocol

from trading.history.models import HistoryItem, HistoryType


@dataclass(frozen=True)
class HistoryPage:
    """Items, newest first, and where the next page starts, if there is one."""

    items: tuple[HistoryItem, ...]
    next_after: str | None


class HistoryStore(Protocol):
    """The feed of everybody."""

    def page(
        self, owner: str, *, type_: HistoryType | None, status: str | None, after: str | None, limit: int
    ) -> HistoryPage:
        """Return a person's items, newest first."""
        ...
