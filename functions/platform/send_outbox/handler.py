"""Schedule send_outbox: each minute bring events to their queues that no carrier brought, and measure the oldest."""

from collections.abc import Mapping
from datetime import datetime

from trading.platform.delivery import Carrier
from trading.platform.observability import measure_ms
from trading.platform.schedule import scheduled


def send(_: datetime) -> Mapping[str, object]:
    """Send what waits, each event before it is marked: at least once."""
    carrier = Carrier()
    sent = carrier.sweep()
    measure_ms("OutboxOldest", [carrier.oldest_ms()])
    return {"status": "done", "sent": sent}


lambda_handler = scheduled("send_outbox", lambda: send)
