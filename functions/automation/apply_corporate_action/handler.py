"""Queue corporate-actions: apply an action to one portfolio, or pay what actions left to be paid."""

from collections.abc import Callable

from trading.automation.corporate_actions.messages import ActionWork
from trading.automation.corporate_actions.wiring import action_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[ActionWork], object]:
    """Return the application of an action to one portfolio."""
    service = action_service()
    return lambda work: service.settle(work.key) if work.action is None else service.apply(work.key, work.action)


lambda_handler = queue_worker(ActionWork, prepare)
