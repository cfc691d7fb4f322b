"""Queue notification-events: make a notification of an event, once, and have it pushed."""

from trading.notifications.wiring import FOLLOWED, notification_taker
from trading.platform.queue import event_worker

lambda_handler = event_worker(notification_taker, *FOLLOWED)
