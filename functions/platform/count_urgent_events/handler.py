"""Queue urgent-domain-events: count what stops money or entries, ahead of all other events."""

from trading.platform.event_counts import DomainEvent, count_once
from trading.platform.queue import queue_worker

lambda_handler = queue_worker(DomainEvent, count_once)
