"""What the ledger needs of the world outside."""

from typing import Protocol

from trading.ledger.models import Entry


class Journal(Protocol):
    """The entries of every journal. Writing happens in the transaction of the record concerned."""

    def since(self, journal: str, seq: int) -> tuple[Entry, ...]:
        """Return the entries after a sequence number, oldest first, by a strongly consistent read."""
        ...

    def page(self, journal: str, *, before: int | None, limit: int) -> tuple[Entry, ...]:
        """Return at most `limit` entries below a sequence number, newest first."""
        ...
