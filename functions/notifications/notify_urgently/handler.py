"""Queue urgent-notification-events: tell people what stops their money or entries, ahead of all other notices."""

from trading.notifications.wiring import FOLLOWED, notice_taker
from trading.platform.queue import event_worker

lambda_handler = event_worker(notice_taker, *FOLLOWED)
