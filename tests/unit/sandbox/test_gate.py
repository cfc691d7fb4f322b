"""Who reaches the control plane, and what is answered once the emulator is gone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.gate import Gate

HOST = "127.0.0.1:8080"
CONTROL = ("/sandbox", "/sandbox/clock", "/sandbox/partners/stripe/v1/refunds", "/%73andbox/clock")


async def reached(_: Request) -> Response:
    return PlainTextResponse("reached")


@dataclass
class Browser:
    """Sends requests to a gate whose emulator can go."""

    emulator_lives: bool = True

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send one request."""
        return asyncio.run(self._send(method, path, headers or {}))

    async def _send(self, method: str, path: str, headers: Mapping[str, str]) -> httpx.Response:
        async def cut(_: Request) -> Response:
            self.emulator_lives = False
            raise ConnectionError("no emulator there")

        routes = [Route("/sandbox/cut", cut), Route("/{path:path}", reached, methods=["GET", "POST"])]
        gate = Gate(Starlette(routes=routes), lambda: self.emulator_lives)
        transport = httpx.ASGITransport(gate, raise_app_exceptions=False)
        async with httpx.AsyncClient(base_url=f"http://{HOST}", transport=transport) as client:
            return await client.request(method, path, headers=headers)


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.mark.parametrize("path", CONTROL)
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example.com", None),
        ("127.0.0.1.nip.io:8080", None),
        ("localhost.:8080", None),
        ("127.0.0.1:8080@evil.example.com", None),
        ("[::1]:8080", None),
        ("0.0.0.0:8080", None),
        ("", None),
        (HOST, "null"),
        (HOST, ""),
        (HOST, "http://evil.example.com"),
        (HOST, "http://127.0.0.1:8081"),
        (HOST, "http://127.0.0.1"),
        (HOST, "http://localhost:8080"),
        (HOST, "https://127.0.0.1:8080"),
        (HOST, "http://127.0.0.1:8080, http://evil.example.com"),
    ],
)
def test_a_foreign_host_or_page_is_refused(browser: Browser, path: str, host: str, origin: str | None) -> None:
    for method in ("GET", "POST"):
        answer = browser.send(method, path, {"host": host} | ({} if origin is None else {"origin": origin}))

        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (HOST, None),
        ("localhost", None),
        ("LOCALHOST:1", None),
        (HOST, f"http://{HOST}"),
        ("localhost:3000", "http://localhost:3000"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_this_machine_and_its_own_page_are_answered(browser: Browser, host: str, origin: str | None) -> None:
    for path in CONTROL:
        answer = browser.send("GET", path, {"host": host} | ({} if origin is None else {"origin": origin}))

        assert answer.text == "reached"


def test_the_api_has_rules_of_its_own(browser: Browser) -> None:
    headers = {"host": "evil.example.com", "origin": "null"}

    assert browser.send("GET", "/api/portfolios", headers).text == "reached"
    assert browser.send("GET", "/sandboxes", headers).text == "reached"


def test_everything_says_at_once_that_the_emulator_is_gone(browser: Browser) -> None:
    browser.emulator_lives = False

    for path in ("/sandbox/clock", "/api/portfolios", "/docs", "/"):
        answer = browser.send("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (503, "emulator_gone")


def test_what_the_emulator_took_with_it_is_answered_so(browser: Browser) -> None:
    answer = browser.send("GET", "/sandbox/cut")

    assert (answer.status_code, answer.json()["code"]) == (503, "emulator_gone")
