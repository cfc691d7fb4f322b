"""How a simulator's answer is made to fail, the same for every partner."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from starlette.responses import JSONResponse, Response, StreamingResponse

from sandbox.faults import Fault

SLOW_SECONDS = 6
HANG_SECONDS = 300
"""Longer than any client waits: functions end before."""
PROMISED_BYTES = "1000"


async def failing(answer: Response, fault: Fault | None) -> Response:
    """Return an answer, or what becomes of it under a fault; `slow` is right but late, later than clients wait."""
    if fault is None:
        return answer
    if fault is Fault.SLOW:
        await asyncio.sleep(SLOW_SECONDS)
        return answer
    if fault is Fault.HANG:
        # Only this one request waits, in no thread; its connection goes when the client closes it.
        await asyncio.sleep(HANG_SECONDS)
    return _SPOILT[fault]()


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


def _dropped() -> Response:
    # The server closes the connection on an answer that is shorter than promised.
    return StreamingResponse(_nothing(), headers={"content-length": PROMISED_BYTES})


_SPOILT: Mapping[Fault, Callable[[], Response]] = {
    Fault.HTTP_500: lambda: JSONResponse({"message": "internal server error"}, 500),
    Fault.HTTP_429: lambda: JSONResponse({"message": "too many requests"}, 429, {"Retry-After": "1"}),
    Fault.MALFORMED: lambda: Response("{not json", media_type="application/json"),
    Fault.DROP_BEFORE: _dropped,
    Fault.DROP_AFTER: _dropped,
    Fault.HANG: _dropped,
}
