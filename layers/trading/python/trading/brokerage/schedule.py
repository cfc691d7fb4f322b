"""When an unknown outcome is looked up again, and how long a request may be sent again."""

from datetime import timedelta

IDEMPOTENCY_WINDOW = timedelta(hours=95)
"""The broker remembers an idempotency key for 4 days; an hour is kept as a margin."""

LOOKUP_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(hours=1),
    *[timedelta(days=1)] * 5,
)
"""Each counted from the look before; after the last one a person must look."""
