"""How long the work at hand may still take, known to whoever calls a partner on its behalf.

An edge that starts a message, a request or a run says within how many seconds it must be over. A
partner's client asks before each call: it waits no longer than that, and begins nothing for which
too little time is left. So a function is never cut off in the middle of a call that it could have
left undone, however many calls its work turns out to need.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from trading.platform.errors import Unavailable

OWN_WORK_SECONDS = 5
"""What of a message's time is for our own records, before the partners' calls and after them."""

LAST_WORK_SECONDS = 2
"""What of it no call may take: the writing of what the last one brought."""

_ends_at: ContextVar[float] = ContextVar("ends_at", default=math.inf)


def monotonic() -> float:
    """Return the seconds of the one clock by which functions, and partners' clients, are in time."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait before the next try of a call."""
    time.sleep(seconds)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit how long the work of a block may take; of nested limits the nearest counts."""
    limit = _ends_at.set(min(_ends_at.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _ends_at.reset(limit)


def seconds_left() -> float:
    """Return how many seconds are left, infinite where nothing limits them."""
    return _ends_at.get() - monotonic()


def require_seconds(seconds: float) -> None:
    """Let a call begin that may take so long.

    Raises:
        Unavailable: if less time is left; nothing was begun.
    """
    if seconds_left() < seconds:
        raise Unavailable("There is no time left for this; please try again later.")


def lambda_seconds(context: Any) -> float:  # noqa: ANN401 - AWS's own type
    """Return how many seconds a function's invocation may still take, infinite where nobody says."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return math.inf if remaining is None else remaining() / 1000
