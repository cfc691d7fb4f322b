"""Schedule send_outbox: carry events that wait in the outbox to the queues of those who follow them."""

from collections.abc import Mapping
from datetime import datetime

from trading.platform.outbox import by_queue, mark_sent, pending
from trading.platform.queue import send_texts
from trading.platform.schedule import scheduled

PER_SHARD = 250


def send(_: datetime) -> Mapping[str, object]:
    """Send every waiting event, each before it is marked: at least once."""
    rows = list(pending(PER_SHARD))
    for queue, bodies in by_queue(str(row.body) for row in rows).items():
        send_texts(queue, bodies)
    for row in rows:
        mark_sent(row)
    return {"status": "done", "sent": len(rows)}


lambda_handler = scheduled("send_outbox", lambda: send)
