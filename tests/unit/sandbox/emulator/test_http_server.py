"""The emulator's HTTP server, on real sockets."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvloop

from sandbox.emulator.http_server import GRACE_SECONDS, serve

LENGTH = b"content-length"


@dataclass(frozen=True)
class Address:
    bind: list[str]


@pytest.fixture(autouse=True)
def _other_handler() -> Iterator[None]:
    """Take the signal that the server hands on at its end, as the emulator does."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer what came: method, path, query, body."""
    if scope["type"] == "lifespan":
        for phase in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{phase}"
            await send({"type": f"lifespan.{phase}.complete"})
        return
    body = (await receive())["body"]
    text = b"%b %b %b %b" % (scope["method"].encode(), scope["path"].encode(), scope["query_string"], body)
    await send({"type": "http.response.start", "status": 200, "headers": [(LENGTH, b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


def with_server(talk: Callable[[int], Awaitable[Any]], app: Any = echo) -> Any:
    """Return what a client found that talked to a server, which has ended by then."""

    async def run() -> Any:
        port = free_port()
        serving = asyncio.get_running_loop().create_task(serve(app, Address([f"127.0.0.1:{port}"])))
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.01)
        found = await talk(port)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(serving, 2 * GRACE_SECONDS)
        return await found if isinstance(found, asyncio.Task) else found

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def test_a_request_is_answered_with_the_applications_headers_alone() -> None:
    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /a%20b?x=1 HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody")
        found = await reader.readuntil(b"body")
        writer.close()
        return found

    assert with_server(talk) == b"HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\nPOST /a b x=1 body"


def test_a_stop_does_not_wait_for_idle_connections() -> None:
    def use_once(port: int) -> socket.socket:
        kept = socket.create_connection(("127.0.0.1", port))
        kept.sendall(b"GET /once HTTP/1.1\r\nHost: here\r\n\r\n")
        while not kept.recv(4096).endswith(b"GET /once  "):
            pass
        return kept

    async def talk(port: int) -> tuple[socket.socket, float]:
        return await asyncio.to_thread(use_once, port), time.monotonic()

    kept, stopped_at = with_server(talk)

    with kept:
        assert time.monotonic() - stopped_at < GRACE_SECONDS


def test_a_request_under_way_is_answered_before_the_end() -> None:
    asked = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            asked.set()
            await asyncio.sleep(0.2)
        await echo(scope, receive, send)

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n")
        found = await reader.read()
        writer.close()
        return found

    async def talk(port: int) -> Any:
        answer = asyncio.get_running_loop().create_task(ask(port))
        await asked.wait()
        return answer

    assert with_server(talk, slow).endswith(b"GET /slow  ")
