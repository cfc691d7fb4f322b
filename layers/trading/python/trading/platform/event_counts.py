"""Counts of events: the metric that alarms look at, each event once.

It is counted before it is marked: whoever dies in between counts it again, and no alarm is lost.
"""

from collections.abc import Callable

from trading.platform.domain_events import Envelope
from trading.platform.inbox import claim_event, is_claimed
from trading.platform.observability import count


def count_once() -> Callable[[Envelope], object]:
    """Return the counter of one event, however often it comes."""

    def handle(event: Envelope) -> None:
        if is_claimed(event.id):
            return
        count("DomainEvents", dimensions={"type": event.type})
        claim_event(event.id)

    return handle
