"""What a rebalance came to."""

from enum import StrEnum


class RebalanceResult(StrEnum):
    """What a rebalance came to."""

    NOTHING = "nothing"
    SKIPPED = "skipped"
    BUSY = "busy"
    WAITS = "waits"
    SUBMITTED = "submitted"
