"""The emulator's HTTP server: uvicorn on httptools and uvloop, in the place of the one that it brings along.

That one took as long for a request as the emulator itself, and a day of trading takes thousands.
"""

import asyncio
from typing import Any

import uvicorn
import uvloop

GRACE_SECONDS = 3
KEEP_ALIVE_SECONDS = 86_400
"""Clients keep connections as long as they live, and a request must not meet one that is being closed."""


async def serve(app: Any, config: Any) -> None:  # noqa: ANN401 - ASGI's, and the other server's, of which only the address counts
    """Serve an application until this process is asked to end; stand in for the other server's function."""
    host, _, port = config.bind[0].rpartition(":")
    settings = uvicorn.Config(
        app,
        host=host,
        port=int(port),
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    await uvicorn.Server(settings).serve()


def install() -> None:
    """Have the emulator of this process serve so."""
    from hypercorn import asyncio as other  # noqa: PLC0415 - in the emulator alone

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    other.serve = serve  # type: ignore[assignment]
