"""Trying again after somebody else wrote first."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from trading.platform.errors import StaleRecord

ATTEMPTS = 5

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")


def retry_on_stale(step: Callable[P, T]) -> Callable[P, T]:
    """Run a step that begins by reading again when a record moved on under it, a few times.

    The last StaleRecord is raised: over HTTP it becomes a 409, from a queue the message comes back.
    """

    @wraps(step)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(ATTEMPTS - 1):
            try:
                return step(*args, **kwargs)
            except StaleRecord:
                continue
        return step(*args, **kwargs)

    return attempt


def retry_from(state: S, load: Callable[[], S], step: Callable[[S], T]) -> T:
    """Take a step on a state that was just read; where it moved on meanwhile, on what `load` reads then.

    The last StaleRecord is raised.
    """
    try:
        return step(state)
    except StaleRecord:
        return retry_on_stale(lambda: step(load()))()
