"""Queue notification-events: make a notice of an event, once, and have it pushed."""

from trading.notifications.messages import Told
from trading.notifications.wiring import notice_taker
from trading.platform.queue import queue_worker

lambda_handler = queue_worker(Told, notice_taker)
