"""When the lookups of an unknown outcome are due, and how long a request may be sent again."""

from datetime import timedelta

IDEMPOTENCY_WINDOW = timedelta(hours=95)
"""The broker remembers an idempotency key for 4 days; an hour is kept as a margin."""

LOOKUP_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(hours=1),
    *[timedelta(days=1)] * 5,
)
"""Each counted from the lookup before; after the last one a person must decide."""
