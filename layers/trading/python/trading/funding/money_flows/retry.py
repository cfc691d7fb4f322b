"""Steps on money flows that somebody else wrote first: the state is read again, and the step taken anew."""

from collections.abc import Callable
from typing import TypeVar

from trading.funding.money_flows.ports import FlowState
from trading.platform.retry import retry_on_stale

T = TypeVar("T")


def retry_from(state: FlowState, load: Callable[[], FlowState], step: Callable[[FlowState], T]) -> T:
    """Take a step on a state that was just read; where it moved on meanwhile, on what `load` reads then.

    The last StaleRecord is raised.
    """
    first = [state]

    @retry_on_stale
    def attempt() -> T:
        return step(first.pop() if first else load())

    return attempt()
