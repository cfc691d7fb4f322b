"""Paths as the distribution in front of the API would hand them on."""

import asyncio

import httpx
import pytest

from sandbox.client import free_port
from sandbox.front import Proxy, cut_slash


@pytest.mark.parametrize(
    ("path", "cut"),
    [("/api/portfolios/", "/api/portfolios"), ("/api/portfolios", "/api/portfolios"), ("/a//", "/a/"), ("/", "/")],
)
def test_one_trailing_slash_is_cut(path: str, cut: str) -> None:
    assert cut_slash(path) == cut


def test_a_request_that_the_emulator_does_not_answer_fails_with_a_code() -> None:
    failed: list[bool] = []
    proxy = Proxy(f"http://127.0.0.1:{free_port()}", "api", on_failure=lambda: failed.append(True))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://front") as client:
            return await client.get("/api/profile")

    answer = asyncio.run(ask())

    assert (answer.status_code, answer.json()["code"]) == (503, "emulator_unreachable")
    assert failed == [True]
