"""Queue pushes: bring a notification to one of a person's devices."""

from collections.abc import Callable

from trading.notifications.messages import PushWork
from trading.notifications.push_wiring import push_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[PushWork], object]:
    """Return the push of one notification to one device."""
    return push_service().push


lambda_handler = queue_worker(PushWork, prepare)
