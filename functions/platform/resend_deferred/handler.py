"""Schedule resend_deferred: send what waited for a partner to its queue again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby

from trading.platform.deadline import seconds_left
from trading.platform.deferrals import MESSAGES_OVERDUE, due, forget
from trading.platform.messages import Message, send_anew
from trading.platform.observability import count
from trading.platform.schedule import scheduled

SECONDS_OF_A_PAGE = 15
OVERDUE = 7
"""So many deferrals mean more than an hour of waiting."""


def resend(now: datetime) -> Mapping[str, object]:
    """Send everything that is due, each message before it is forgotten; what there is no time for waits a minute."""
    sent = 0
    for messages in due(now):
        if seconds_left() < SECONDS_OF_A_PAGE:
            break
        _send(messages)
        forget(messages)
        sent += len(messages)
    return {"status": "done", "sent": sent}


def _send(messages: Iterable[Message]) -> None:
    by_queue = sorted(messages, key=lambda message: str(message.queue))
    for queue, group in groupby(by_queue, lambda message: str(message.queue)):
        waiting = list(group)
        send_anew(queue, waiting)
        if overdue := sum(message.deferrals >= OVERDUE for message in waiting):
            count(MESSAGES_OVERDUE, overdue)


lambda_handler = scheduled("resend_deferred", lambda: resend)
