"""Stream outbox: carry ordinary events to their queues within moments of their commit."""

from trading.platform.stream import carry

lambda_handler = carry
