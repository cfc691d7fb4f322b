"""The front: the API behind one address, one trailing slash cut, with the control plane beside it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.sandbox.control import ControlPlane
from infra.sandbox.faults import Fault

MARKET_DATA = "/sandbox/partners/market-data"
ANSWER_WITHIN_SECONDS = 60
SLOW_SECONDS = 6
TICK_SECONDS = 1
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length"})
ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

WELCOME = """\
Tiller's sandbox. The API is documented at /docs; the control plane lies under /sandbox.

  TOKEN=$(curl -s -X POST {url}/sandbox/tokens -d '{{"uid": "ada"}}' | sed 's/.*"id_token":"\\([^"]*\\)".*/\\1/')
  curl -s {url}/api/portfolios -H "Authorization: Bearer $TOKEN"
"""


def front(control: ControlPlane, *, api_base: tuple[str, str], url: str) -> Starlette:
    """Return the application; `api_base` is where the API is, and the host that it is known by there."""
    gateway = httpx.AsyncClient(base_url=api_base[0], timeout=ANSWER_WITHIN_SECONDS, headers={"host": api_base[1]})
    proxy = _proxy(gateway)
    market = _MarketRoutes(control)
    routes = [
        *control.routes(),
        Route(f"{MARKET_DATA}/v2/stocks/quotes/latest", market.quotes),
        Route(f"{MARKET_DATA}/v2/stocks/bars", market.bars),
        Route("/", lambda _: PlainTextResponse(WELCOME.format(url=url))),
        Route("/{path:path}", proxy, methods=ANY_METHOD),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(control))
        yield
        ticking.cancel()
        await gateway.aclose()

    return Starlette(routes=routes, lifespan=lifespan)


def cut_slash(path: str) -> str:
    """Return a path without its trailing slash, as the distribution in front of the API does."""
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


def _proxy(gateway: httpx.AsyncClient) -> Callable[[Request], Any]:
    async def proxy(request: Request) -> Response:
        raw = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1").partition("?")[0]
        query = f"?{request.url.query}" if request.url.query else ""
        headers = [(name, value) for name, value in request.headers.items() if name not in {"host", "content-length"}]
        try:
            answer = await gateway.request(
                request.method, cut_slash(raw) + query, content=await request.body(), headers=headers
            )
        except httpx.HTTPError:
            return JSONResponse({"message": "Service Unavailable"}, 503)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
        return Response(answer.content, answer.status_code, kept)

    return proxy


class _MarketRoutes:
    """The market-data simulator over HTTP, with its faults."""

    def __init__(self, control: ControlPlane) -> None:
        self._market, self._faults, self._keeper = control.market, control.faults, control.keeper

    async def quotes(self, request: Request) -> Response:
        symbols = request.query_params.get("symbols", "").split(",")
        return await self._answer(request, "quotes", self._market.latest_quotes(symbols, self._keeper.now()))

    async def bars(self, request: Request) -> Response:
        query = request.query_params
        since, until = date.fromisoformat(query["start"][:10]), date.fromisoformat(query["end"][:10])
        found = self._market.daily_bars(query.get("symbols", "").split(","), since, until, self._keeper.now())
        return await self._answer(request, "bars", found)

    async def _answer(self, request: Request, operation: str, answer: object) -> Response:
        if not (request.headers.get("apca-api-key-id") and request.headers.get("apca-api-secret-key")):
            return JSONResponse({"message": "forbidden."}, 403)
        fault = self._faults.take("market", operation)
        if fault is Fault.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        return _FAULTY[fault]() if fault in _FAULTY else JSONResponse(answer)


async def _cut_off() -> AsyncIterator[bytes]:
    yield b'{"quotes"'


_FAULTY: dict[Fault | None, Callable[[], Response]] = {
    Fault.HTTP_500: lambda: JSONResponse({"message": "internal server error"}, 500),
    Fault.HTTP_429: lambda: JSONResponse({"message": "too many requests"}, 429, {"Retry-After": "1"}),
    Fault.MALFORMED: lambda: Response("{not json", media_type="application/json"),
    Fault.DROP_BEFORE: lambda: StreamingResponse(_cut_off(), headers={"content-length": "1000"}),
    Fault.DROP_AFTER: lambda: StreamingResponse(_cut_off(), headers={"content-length": "1000"}),
}


async def _tick(control: ControlPlane) -> None:
    """While the clock runs, let what falls due on the way happen."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        if control.keeper.is_running:
            await asyncio.to_thread(control.keeper.catch_up)
