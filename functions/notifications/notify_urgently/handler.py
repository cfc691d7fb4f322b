"""Queue urgent-notification-events: tell people what stops their money or entries, ahead of all other notifications."""

from trading.notifications.wiring import FOLLOWED, notification_taker
from trading.platform.queue import event_worker

lambda_handler = event_worker(notification_taker, *FOLLOWED)
