"""When rows may go that only pile up by operation: DynamoDB deletes them some days after `expires_at`.

Nothing correct depends on it: what is read before its time is the same with and without, and no reader takes a
row that is gone, or not gone yet, for an answer. Wall time counts, as DynamoDB knows no other.
"""

from datetime import timedelta

from trading.platform.clock import SystemClock

SIGNALS_KEPT_FOR = timedelta(days=400)
"""Recommendations and the reasons of a day: longer than anything reads them."""

TAPES_KEPT_FOR = timedelta(days=120)
"""Quotes of a day: replays go back 60 sessions."""

LIVE_DAYS_KEPT_FOR = timedelta(days=1100)
"""What recommendations came to: nothing reads more than a year of trading days."""

RUNS_KEPT_FOR = timedelta(days=400)
"""Autopilot runs, and whom they traded for: a run is open for days at most."""

REGISTRY_KEPT_FOR = timedelta(days=30)
"""A day's symbols: nobody asks for those of more than ten days ago."""

PRICES_KEPT_FOR = timedelta(days=30)
"""Shared prices that nobody asks for any more."""

EVENTS_KEPT_FOR = timedelta(days=30)
"""Events that were sent: longer than their messages can live."""

PARTS_KEPT_LONGER_BY = timedelta(days=30)
"""Parts outlive the row that names them, so that who finds it finds them all."""


def expiry(kept_for: timedelta) -> int:
    """Return the moment from which a row may be deleted that is written now, as Unix seconds of the wall clock."""
    return int((SystemClock().now() + kept_for).timestamp())
