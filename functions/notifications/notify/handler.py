"""Queue notification-events: make a notice of an event, once, and have it pushed."""

from trading.notifications.wiring import FOLLOWED, notice_taker
from trading.platform.queue import event_worker

lambda_handler = event_worker(notice_taker, *FOLLOWED)
