"""The emulator's queues: names that outlive its port, and all counts at one moment.

It knows queues by URLs with its port in them, and the poller of event sources goes for the present
port's: after a start at another one no queue would be worked off. So the URL has one port, whatever
the real one is; clients go by their endpoint and never by the URL's host.
"""

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

OWN_ROUTE = "/_sandbox"
VISIBLE, HIDDEN = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
CANONICAL_PORT = "4566"


def pin_names() -> None:
    """Give queues URLs that stay the same over restarts; must happen before any queue is made."""
    from ministack.services import sqs  # type: ignore[import-untyped]  # noqa: PLC0415 - in the emulator alone

    sqs.DEFAULT_PORT = CANONICAL_PORT
    sqs._HOST_EXPLICIT = True
    sqs._CANONICAL_NETLOC = f"{sqs.DEFAULT_HOST}:{CANONICAL_PORT}"


def with_counts(app: Any, samples: Callable[[], list[dict[str, Any]]], behind: Callable[[], int]) -> Any:  # noqa: ANN401 - an ASGI application
    """Add what no AWS call shows: all queues at one moment, and how many batches of messages are worked on."""
    from ministack.services import lambda_svc, sqs  # noqa: PLC0415

    turn, take = threading.Lock(), lambda_svc._poll_sqs

    def take_in_turn() -> Any:  # noqa: ANN401 - what it returns is its own
        with turn:
            return take()

    def count() -> dict[str, Any]:
        # Nothing is taken meanwhile, so each message is either in its queue or at work. Batches come first:
        # one that ends meanwhile has sent by then what it sends.
        with turn:
            batches = behind() + sum(lambda_svc._esm_inflight.values())
            queues = list(sqs._queues._data.values())
            for queue in queues:
                sqs._refresh_counts(queue)
            counts = dict(map(_counted, queues))
        return {"process": os.getpid(), "batches": batches, "queues": counts, "samples": samples()}

    async def counting(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own
        if scope["type"] == "http" and scope["path"] == OWN_ROUTE:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": json.dumps(await asyncio.to_thread(count)).encode()})
        else:
            await app(scope, receive, send)

    lambda_svc._poll_sqs = take_in_turn
    return counting


def _counted(queue: Mapping[str, Any]) -> tuple[str, tuple[int, int, tuple[float, float] | None]]:
    counts = queue["attributes"]
    sent_at = min((message["sent_at"] for message in list(queue["messages"])), default=None)
    oldest = None if sent_at is None else (sent_at, time.time() - sent_at)
    return queue["name"], (int(counts[VISIBLE]), int(counts[HIDDEN]), oldest)
