"""Schedule resolve_unknown: find the records whose lookup is due, and hand each to a worker."""

from trading.funding.messages import RecordWork
from trading.platform.clock import current_clock
from trading.platform.fan_out import FanOut, Job, Send, sends
from trading.platform.people import PersonRow, all_due


def prepare(send: Send) -> Job:
    """Return the job."""
    now = current_clock().now()
    return sends(send, "unknown-outcomes", lambda at: all_due("resolve", max(now, at)).map(_work))


def _work(row: PersonRow) -> RecordWork:
    return RecordWork(pk=str(row.pk), sk=str(row.sk))


lambda_handler = FanOut("resolve_unknown", prepare)
