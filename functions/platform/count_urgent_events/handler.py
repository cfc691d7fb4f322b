"""Queue urgent-domain-events: count what stops money or entries, ahead of all other events."""

from trading.platform.domain_events import Envelope
from trading.platform.event_counts import count_once
from trading.platform.queue import queue_worker

lambda_handler = queue_worker(Envelope, count_once)
