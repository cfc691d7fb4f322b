"""Paths as the distribution in front of the API would hand them on."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from sandbox.client import free_port
from sandbox.front import Proxy, cut_slash
from tests.support.serving import serving


@pytest.mark.parametrize(
    ("path", "cut"),
    [("/api/portfolios/", "/api/portfolios"), ("/api/portfolios", "/api/portfolios"), ("/a//", "/a/"), ("/", "/")],
)
def test_one_trailing_slash_is_cut(path: str, cut: str) -> None:
    assert cut_slash(path) == cut


async def repeat(request: Request) -> Response:
    return JSONResponse({"authorization": request.headers.get("authorization")})


@pytest.fixture
def gateway() -> Iterator[str]:
    with serving(Starlette(routes=[Route("/api/profile", repeat)])) as url:
        yield url


@pytest.mark.parametrize(
    ("value", "status", "arrived"),
    [(b"Bearer ", 200, "Bearer"), (b" \tBearer x\t", 200, "Bearer x"), (b"a\x00b", 400, None)],
)
def test_whatever_a_header_says_the_emulator_is_not_blamed(
    gateway: str, value: bytes, status: int, arrived: str | None
) -> None:
    failed: list[bool] = []
    proxy, sent = Proxy(gateway, "api", on_failure=lambda: failed.append(True)), list[Message]()

    async def ask() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/profile",
            "raw_path": b"/api/profile",
            "query_string": b"",
            "headers": [(b"authorization", value)],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await proxy(scope, receive, send)
        await proxy.close()

    asyncio.run(ask())

    assert sent[0]["status"] == status
    assert json.loads(sent[1]["body"]).get("authorization") == arrived
    assert failed == []


def test_a_request_that_the_emulator_does_not_answer_fails_with_a_code() -> None:
    failed: list[bool] = []
    proxy = Proxy(f"http://127.0.0.1:{free_port()}", "api", on_failure=lambda: failed.append(True))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://front") as client:
            return await client.get("/api/profile")

    answer = asyncio.run(ask())

    assert (answer.status_code, answer.json()["code"]) == (503, "emulator_unreachable")
    assert failed == [True]
