"""Applications served on loopback, from within the process of the tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.client import free_port


@dataclass
class _Server:
    """A server on loopback, which lives as long as its process; what it serves is exchanged."""

    url: str
    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


_IDLE: list[_Server] = []


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on loopback; yield where."""
    server = _IDLE.pop() if _IDLE else _started()
    server.app = app
    try:
        yield server.url
    finally:
        server.app = None
        _IDLE.append(server)


def _started() -> _Server:
    port = free_port()
    made = _Server(f"http://127.0.0.1:{port}")
    server = uvicorn.Server(uvicorn.Config(made, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    return made
