"""Queue urgent-notification-events: notify people of what stops their money or entries, first of all."""

from trading.notifications.wiring import FOLLOWED, notification_taker
from trading.platform.queue import event_worker

lambda_handler = event_worker(notification_taker, *FOLLOWED)
