"""The real queues, looked at and waited for."""

import time
from collections.abc import Iterable
from typing import Any

from infra.catalogue import QUEUES
from trading.platform.aws import client

PREFIX = "tiller-local-"
LOOK_EVERY_SECONDS = 0.02
SETTLES_SECONDS = 3.0
"""In flight without a change for this long, a message waits for its next try."""

PATIENCE_SECONDS = 120.0
SEND_AT_ONCE = 10
NAMES = tuple(queue.name for queue in QUEUES)


def url(name: str) -> str:
    """Return a queue's URL."""
    return str(client("sqs").get_queue_url(QueueName=f"{PREFIX}{name}")["QueueUrl"])


class Queues:
    """The stage's queues by their catalogue names."""

    def __init__(self) -> None:
        self._urls = {name: url(name) for name in NAMES} | {f"{name}-dlq": url(f"{name}-dlq") for name in NAMES}

    def send(self, name: str, bodies: Iterable[str]) -> int:
        """Put bodies on a queue as they are; return how many."""
        waiting = list(bodies)
        for start in range(0, len(waiting), SEND_AT_ONCE):
            batch = [
                {"Id": str(number), "MessageBody": body}
                for number, body in enumerate(waiting[start : start + SEND_AT_ONCE])
            ]
            client("sqs").send_message_batch(QueueUrl=self._urls[name], Entries=batch)
        return len(waiting)

    def drain(self, *, wait_retries: bool = False) -> dict[str, Any]:
        """Wait until nothing is visible or in flight, with `wait_retries` nor waiting for a retry."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        last, since = self._counts(), time.monotonic()
        while any(any(counts) for counts in last.values()) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_SECONDS)
            now = self._counts()
            if now != last or any(visible for visible, _ in now.values()):
                last, since = now, time.monotonic()
            elif not wait_retries and time.monotonic() - since > SETTLES_SECONDS:
                break
        retrying = {name: hidden for name, (_, hidden) in last.items() if hidden}
        dead = {name: sum(self._count(f"{name}-dlq")) for name in NAMES}
        return {
            "drained": not any(visible for visible, _ in last.values()) and not (wait_retries and retrying),
            "retrying": retrying,
            "dead_letters": {name: count for name, count in dead.items() if count},
        }

    def _counts(self) -> dict[str, tuple[int, int]]:
        return {name: self._count(name) for name in NAMES}

    def _count(self, name: str) -> tuple[int, int]:
        attributes = client("sqs").get_queue_attributes(
            QueueUrl=self._urls[name],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"]), int(attributes["ApproximateNumberOfMessagesNotVisible"])
