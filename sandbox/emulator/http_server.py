"""The emulator's HTTP server: HTTP/1.1 on loopback for an ASGI application, and nothing besides.

The one that it brings along took as long for a request as the emulator itself, and a day of trading takes
thousands. Here requests have a length or chunks, come one after the other on a connection, and are read
whole before the application sees them; no TLS, no websockets, no HTTP/2.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from sandbox.emulator.http_requests import Head, MalformedError, read_head, take_chunks

MAX_HEAD_BYTES = 64 * 1024
GRACE_SECONDS = 3.0
END_OF_HEAD = b"\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BODILESS = frozenset({204, 304})
REASONS = {status.value: status.phrase for status in HTTPStatus}

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


@dataclass
class Exchange:
    """One request and its response, as the application sees them."""

    head: Head
    body: bytes
    write: Callable[[bytes], None]
    gone: asyncio.Event
    began: bytes | None = None
    chunked: bool = False
    bodiless: bool = False
    ended: bool = False
    _read: bool = False

    async def receive(self) -> Message:
        """Return the request's body, and after that, that nobody listens any more."""
        if not self._read:
            self._read = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Write the response: its head with the first of its body, since each write wakes the client."""
        if message["type"] == "http.response.start":
            self.began = self._start(message)
            return
        more, part = message.get("more_body", False), self._part(message.get("body", b""))
        part = (self.began or b"") + part + (b"0\r\n\r\n" if self.chunked and not more else b"")
        self.began, self.ended = b"", not more
        if part:
            self.write(part)

    def _start(self, message: Message) -> bytes:
        status, headers = int(message["status"]), list(message.get("headers", ()))
        self.bodiless = self.head.method == "HEAD" or status in BODILESS
        has_length = any(name.lower() == b"content-length" for name, _ in headers)
        self.chunked = not has_length and not self.bodiless
        if self.chunked:
            headers.append((b"transfer-encoding", b"chunked"))
        if not self.head.is_kept_alive:
            headers.append((b"connection", b"close"))
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, '')}".encode(), *(b"%b: %b" % pair for pair in headers)]
        return b"\r\n".join(lines) + END_OF_HEAD

    def _part(self, body: bytes) -> bytes:
        if self.bodiless or not body:
            return b""
        return b"%x\r\n%b\r\n" % (len(body), body) if self.chunked else body


@dataclass
class Server:
    """What all connections share."""

    app: App
    connections: set["Connection"] = field(default_factory=set)
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    address: tuple[str, int] = ("127.0.0.1", 0)

    async def finish(self) -> None:
        """Let requests be answered that have come, and close all connections."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=GRACE_SECONDS)
        for connection in list(self.connections):
            connection.close()


class Connection(asyncio.Protocol):
    """A client's connection, on which one request after the other is answered."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = bytearray()
        self._head: Head | None = None
        self._busy = False
        self._gone = asyncio.Event()
        self._transport: Any = None
        self._client: tuple[str, int] = ("127.0.0.1", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take up a connection."""
        self._transport, self._client = transport, transport.get_extra_info("peername")
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application that its client is gone."""
        self._server.connections.discard(self)
        self._gone.set()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data
        self._go_on()

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def _go_on(self) -> None:
        """Begin with the next request once it is there."""
        if self._busy:
            return
        try:
            exchange = self._next()
        except MalformedError:
            self._refuse(400)
            return
        if exchange is not None:
            self._busy = True
            task = asyncio.get_running_loop().create_task(self._answer(exchange))
            self._server.tasks.add(task)
            task.add_done_callback(self._server.tasks.discard)

    def _next(self) -> Exchange | None:
        if self._head is None:
            end = self._buffer.find(END_OF_HEAD)
            if end < 0:
                if len(self._buffer) > MAX_HEAD_BYTES:
                    raise MalformedError("head")
                return None
            self._head = read_head(bytes(self._buffer[:end]).lstrip(b"\r\n"))
            del self._buffer[: end + len(END_OF_HEAD)]
            if self._head.value(b"expect") == b"100-continue":
                self._transport.write(CONTINUE)
        body = self._body(self._head)
        if body is None:
            return None
        head, self._head = self._head, None
        return Exchange(head, body, self._transport.write, self._gone)

    def _body(self, head: Head) -> bytes | None:
        if head.is_chunked:
            found = take_chunks(self._buffer, 0)
            body, end = found if found is not None else (None, 0)
        else:
            end = head.length
            body = bytes(self._buffer[:end]) if len(self._buffer) >= end else None
        if body is not None:
            del self._buffer[:end]
        return body

    async def _answer(self, exchange: Exchange) -> None:
        try:
            await self._server.app(self._scope(exchange.head), exchange.receive, exchange.send)
        finally:
            if exchange.began is None:
                self._refuse(500)
            elif not exchange.ended or not exchange.head.is_kept_alive:
                self.close()
            self._busy = False
        if not self._transport.is_closing():
            self._go_on()

    def _scope(self, head: Head) -> Message:
        path, _, query = head.target.partition(b"?")
        return {
            "type": "http",
            "http_version": "1.1",
            "asgi": {"spec_version": "2.1", "version": "3.0"},
            "method": head.method,
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": head.headers,
            "client": self._client,
            "server": self._server.address,
            "state": {},
            "extensions": {},
        }

    def _refuse(self, status: int) -> None:
        phrase = REASONS[status]
        self._transport.write(f"HTTP/1.1 {status} {phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        self.close()


@dataclass
class Lifespan:
    """The application's beginning and end."""

    app: App
    _asked: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)
    _told: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)

    async def run(self) -> None:
        """Be there until the end is over."""
        await self.app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, self._asked.get, self._told.put)

    async def have(self, phase: str) -> None:
        """Have the application start or stop; return once it has.

        Raises:
            RuntimeError: if it cannot.
        """
        await self._asked.put({"type": f"lifespan.{phase}"})
        told = await self._told.get()
        if told["type"] != f"lifespan.{phase}.complete":
            raise RuntimeError(f"the emulator failed at its {phase}: {told.get('message', '')}")


async def serve(app: App, config: Any) -> None:  # noqa: ANN401 - the other server's, of which only the address counts
    """Serve an application until this process is asked to end; stand in for the other server's function."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    lifespan = Lifespan(app)
    living = loop.create_task(lifespan.run())
    await lifespan.have("startup")
    host, _, port = config.bind[0].rpartition(":")
    server = Server(app, address=(host, int(port)))
    listening = await loop.create_server(lambda: Connection(server), host, int(port))
    await stop.wait()
    listening.close()
    await server.finish()
    await lifespan.have("shutdown")
    living.cancel()
    with suppress(asyncio.CancelledError):
        await living


def serve_leanly() -> None:
    """Have the emulator of this process serve so."""
    from hypercorn import asyncio as other  # noqa: PLC0415 - in the emulator alone

    other.serve = serve  # type: ignore[assignment]
