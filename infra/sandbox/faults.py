"""Faults on demand: the next calls of a partner's operation fail in a chosen way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """How a call fails. `drop_after` acts first and then loses the answer."""

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    HTTP_500 = "http_500"
    HTTP_429 = "http_429"
    SLOW = "slow"
    MALFORMED = "malformed"


OPERATIONS: Mapping[str, frozenset[str]] = {"market": frozenset({"quotes", "bars"})}
"""What each partner's simulator can do; `*` stands for any of it."""


@dataclass
class Faults:
    """The faults that wait to happen."""

    _waiting: list[tuple[str, str, Fault, int]] = field(default_factory=list)

    def add(self, partner: str, operation: str, fault: Fault, times: int) -> None:
        """Have the next calls fail."""
        self._waiting.append((partner, operation, fault, times))

    def clear(self) -> None:
        """Let everything work again."""
        self._waiting.clear()

    def take(self, partner: str, operation: str) -> Fault | None:
        """Return how this call fails, or None, and count it."""
        for place, (who, what, fault, times) in enumerate(self._waiting):
            if who == partner and what in {operation, "*"}:
                if times > 1:
                    self._waiting[place] = (who, what, fault, times - 1)
                else:
                    del self._waiting[place]
                return fault
        return None
