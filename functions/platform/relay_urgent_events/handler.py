"""Stream outbox: carry what stops money or entries to its queues, however much else was written."""

from trading.platform.stream import carry

lambda_handler = carry
