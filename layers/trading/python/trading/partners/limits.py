"""How long each partner is waited for: the one table of timeouts and tries.

The clients take their figures from here, and so does the catalogue, which derives from them how long
a function may need for what it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CallLimit:
    """One call of a client. All tries together are begun within `total_seconds`; an SDK's own retries are off."""

    connect_seconds: float
    read_seconds: float
    attempts: int
    total_seconds: float

    @property
    def max_seconds(self) -> float:
        """Return how long a call may take at worst: the last try may wait to connect beyond the total."""
        return self.total_seconds + self.connect_seconds


DRIVEWEALTH = CallLimit(connect_seconds=2, read_seconds=8, attempts=4, total_seconds=15)
DRIVEWEALTH_QUICK = CallLimit(connect_seconds=1, read_seconds=2, attempts=1, total_seconds=2.5)
"""For what a person waits for and our own ledger can answer, too."""
PLAID = CallLimit(connect_seconds=2, read_seconds=8, attempts=2, total_seconds=9)
STRIPE = CallLimit(connect_seconds=2, read_seconds=5, attempts=1, total_seconds=5)
FIREBASE = CallLimit(connect_seconds=2, read_seconds=5, attempts=1, total_seconds=15)
"""A token is asked for before a push is sent."""
MARKET_DATA = CallLimit(connect_seconds=2, read_seconds=5, attempts=3, total_seconds=12)
MARKET_DATA_QUICK = CallLimit(connect_seconds=0.3, read_seconds=0.9, attempts=1, total_seconds=0.9)
"""For what a person waits for and the last price can answer, too."""

LIMITS: Mapping[str, CallLimit] = {
    "drivewealth": DRIVEWEALTH,
    "plaid": PLAID,
    "stripe": STRIPE,
    "firebase": FIREBASE,
    "market-data": MARKET_DATA,
}
"""The limits by the partners' names in the catalogue."""
