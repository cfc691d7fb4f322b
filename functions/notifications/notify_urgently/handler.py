"""Queue urgent-notification-events: tell people what stops their money or entries, ahead of all other notices."""

from trading.notifications.messages import Told
from trading.notifications.wiring import notice_taker
from trading.platform.queue import queue_worker

lambda_handler = queue_worker(Told, notice_taker)
