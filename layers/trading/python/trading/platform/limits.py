"""How often one caller may do something: a bucket, of thirty that five a second flow back into for money and orders.

Kept as one number, the moment at which the bucket is full again, so that a request of somebody who does
not hurry costs one conditional update; within a burst it costs two. Wall time counts: virtual time may not move.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from trading.platform.clock import Clock
from trading.platform.errors import TooManyRequests
from trading.platform.tables import TableMeta, table_name

BURST, PER_SECOND = 30, 5
INTERVAL_MS = 1000 // PER_SECOND
KEPT_FOR = timedelta(hours=1)
_BUSY = frozenset({"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"})
_TAKEN = "ConditionalCheckFailedException"


@dataclass(frozen=True)
class RateLimit:
    """How many requests a caller may make at once, and after how long one more is free. Each name has its own."""

    name: str = ""
    burst: int = BURST
    interval_ms: int = INTERVAL_MS

    def row_of(self, caller: str) -> str:
        """Return the row of a caller's bucket."""
        return f"{self.name}#{caller}" if self.name else caller


ORDERS = RateLimit()
"""Of the routes that take an idempotency key."""


class LimitRow(Model):
    """The bucket of one caller; one that is gone is full."""

    class Meta(TableMeta):
        table_name = table_name("rate-limits")

    pk = UnicodeAttribute(hash_key=True)
    full_at_ms = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def admit(caller: str, clock: Clock, limit: RateLimit = ORDERS) -> None:
    """Take one request from a caller's bucket.

    Raises:
        TooManyRequests: if the bucket is empty.
    """
    now = clock.now()
    now_ms = int(now.timestamp() * 1000)
    expiry = LimitRow.expires_at.set(int((now + KEPT_FOR).timestamp()))
    is_full = LimitRow.pk.does_not_exist() | (LimitRow.full_at_ms <= now_ms)
    place, interval = limit.row_of(caller), limit.interval_ms
    if _has_taken(place, [LimitRow.full_at_ms.set(now_ms + interval), expiry], is_full):
        return
    is_empty_not = LimitRow.full_at_ms <= now_ms + (limit.burst - 1) * interval
    if not _has_taken(place, [LimitRow.full_at_ms.set(LimitRow.full_at_ms + interval), expiry], is_empty_not):
        raise TooManyRequests(retry_after=ceil(interval / 1000))


def _has_taken(caller: str, actions: list[Action], condition: Condition) -> bool:
    try:
        LimitRow(caller).update(actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code in _BUSY:  # more requests of one caller than a partition takes
            raise TooManyRequests(retry_after=1) from error
        if error.cause_response_code != _TAKEN:
            raise
        return False
    return True
