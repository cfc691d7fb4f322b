"""Schedule send_outbox: carry events that wait in the outbox to the queue domain-events."""

from collections.abc import Mapping
from datetime import datetime

from trading.platform.outbox import mark_sent, pending
from trading.platform.queue import send_texts
from trading.platform.schedule import scheduled

PER_SHARD = 250


def send(_: datetime) -> Mapping[str, object]:
    """Send every waiting event, each before it is marked: at least once."""
    rows = list(pending(PER_SHARD))
    sent = send_texts("domain-events", (str(row.body) for row in rows))
    for row in rows:
        mark_sent(row)
    return {"status": "done", "sent": sent}


lambda_handler = scheduled("send_outbox", lambda: send)
