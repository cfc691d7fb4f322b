"""The emulator's HTTP server, on real sockets."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.emulator.http_requests import MalformedError, read_head, take_chunks
from sandbox.emulator.http_server import GRACE_SECONDS, serve

LENGTH = b"content-length"


@dataclass(frozen=True)
class Address:
    bind: list[str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Tell what came: method, path, query, body; in one piece, in two or not at all, as the path says."""
    if scope["type"] == "lifespan":
        for phase in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{phase}"
            await send({"type": f"lifespan.{phase}.complete"})
        return
    if scope["path"] == "/silent":
        return
    if scope["path"] == "/broken":
        raise ValueError
    body = (await receive())["body"]
    told = b"%b %b %b %b" % (scope["method"].encode(), scope["path"].encode(), scope["query_string"], body)
    if scope["path"] == "/parts":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": told, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    status = 204 if scope["path"] == "/none" else 200
    headers = [] if status == 204 else [(LENGTH, b"%d" % len(told))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if status == 204 else told})


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

    return asyncio.run(run())


def answers(*requests: bytes, closes: bool = True) -> bytes:
    """Return all that comes back on one connection for some pieces of requests."""

    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in requests:
            writer.write(request)
            await writer.drain()
            await asyncio.sleep(0.02)
        found = await reader.read() if closes else await reader.read(65_536)
        writer.close()
        return found

    return bytes(with_server(talk))


def test_a_request_is_answered_with_head_and_body_in_one_piece() -> None:
    found = answers(b"POST /a%20b?x=1 HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody", closes=False)

    assert found == b"HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\nPOST /a b x=1 body"


def test_a_request_may_come_in_pieces_and_others_after_it_on_the_same_connection() -> None:
    first = b"GET /one HTTP/1.1\r\nHost: here\r\n\r\n"
    last = b"PUT /two HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"

    found = answers(first[:9], first[9:] + last[:50], last[50:])

    assert [part.rpartition(b"\r\n")[2] for part in found.split(b"HTTP/1.1 ")[1:]] == [b"GET /one  ", b"PUT /two  abc"]
    assert b"connection: close" in found


def test_chunks_are_put_together_and_sent_where_no_length_is_known() -> None:
    head = b"POST /parts HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

    found = answers(head + b"3\r\nabc\r\n", b"2;x=y\r\nde\r\n0\r\n\r\n")

    assert found.endswith(b"\r\n\r\n12\r\nPOST /parts  abcde\r\n0\r\n\r\n")


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked() -> None:
    found = answers(b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n", b"ok")

    assert found.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert found.endswith(b"PUT /  ok")


@pytest.mark.parametrize(("method", "path", "status"), [("HEAD", "/", b"200"), ("GET", "/none", b"204")])
def test_what_has_no_body_gets_none(method: str, path: str, status: bytes) -> None:
    found = answers(f"{method} {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())

    assert found.split(b" ")[1] == status
    assert found.endswith(b"\r\n\r\n")
    assert b"chunked" not in found


@pytest.mark.parametrize("request_line", [b"GET /", b"GET / HTTP/2", b"GET http://x/ HTTP/1.1", b"G\xe9T / HTTP/1.1"])
def test_what_is_no_request_is_refused(request_line: bytes) -> None:
    found = answers(request_line + b"\r\n\r\n")

    assert found.startswith(b"HTTP/1.1 400 Bad Request")


@pytest.mark.parametrize(
    "rest", [b"Content-Length: x\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"no colon\r\n\r\n"]
)
def test_a_body_without_a_size_is_refused(rest: bytes) -> None:
    assert answers(b"POST / HTTP/1.1\r\n" + rest).startswith(b"HTTP/1.1 400 Bad Request")


def test_a_head_without_end_is_refused() -> None:
    assert answers(b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000).startswith(b"HTTP/1.1 400 Bad Request")


def test_an_application_that_says_nothing_has_failed() -> None:
    assert answers(b"GET /silent HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 500 Internal Server Error")


def test_a_request_under_way_is_answered_before_the_end() -> None:
    asked = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            asked.set()
            await asyncio.sleep(0.1)
        await echo(scope, receive, send)

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\n\r\n")
        found = await reader.read()
        writer.close()
        return found

    async def talk(port: int) -> Any:
        answer = asyncio.get_running_loop().create_task(ask(port))
        await asked.wait()
        return answer

    assert with_server(talk, slow).endswith(b"GET /slow  ")


def test_heads_keep_repeated_headers_and_values_as_they_are() -> None:
    head = read_head(b"GET /x HTTP/1.1\r\nA: 1\r\nA:\t2 \r\nB: caf\xe9")

    assert head.headers == [(b"a", b"1"), (b"a", b"2"), (b"b", b"caf\xe9")]
    assert (head.value(b"a"), head.value(b"c"), head.is_kept_alive) == (b"2", b"", True)
    assert not read_head(b"GET /x HTTP/1.0").is_kept_alive


def test_chunks_are_waited_for_to_the_end() -> None:
    whole = b"3\r\nabc\r\n0\r\n\r\n"

    assert [take_chunks(bytearray(whole[:end]), 0) for end in range(len(whole))] == [None] * len(whole)
    assert take_chunks(bytearray(whole + b"GET"), 0) == (b"abc", len(whole))
    with pytest.raises(MalformedError):
        take_chunks(bytearray(b"x\r\n"), 0)
