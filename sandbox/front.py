"""The front: the API behind one address, one trailing slash cut, with the control plane beside it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.alarms import API_FAILED
from sandbox.control import ControlPlane, problem
from sandbox.partners.drivewealth.api import DriveWealthApi
from sandbox.partners.firebase.api import FirebaseApi
from sandbox.partners.market_data.api import MarketDataApi
from sandbox.partners.plaid.api import PlaidApi
from sandbox.partners.stripe.api import StripeApi

ANSWER_WITHIN_SECONDS = 60
TICK_SECONDS = 1
SERVER_ERROR = 500
API_PATHS = ("/api", "/webhooks", "/openapi.json", "/docs")
HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"te", b"trailer", b"upgrade"})
SET_ANEW = frozenset({b"host", b"content-length", b"content-encoding", b"date", b"server"})

UNREACHABLE = "the emulator gave no answer; what became of the request is not known"
WELCOME = """\
Tiller's sandbox. The API is described at {url}/docs; the control plane lies under {url}/sandbox.

  TOKEN=$(curl -s -X POST {url}/sandbox/tokens -d '{{"uid": "ada"}}' | sed 's/.*"id_token": *"\\([^"]*\\)".*/\\1/')
  curl -s {url}/api/portfolios -H "Authorization: Bearer $TOKEN"
  curl -s {url}/sandbox/clock
  curl -s -X POST {url}/sandbox/clock -d '{{"advance_seconds": 3600}}'
"""


def front(control: ControlPlane, *, api_base: tuple[str, str], url: str) -> Starlette:
    """Return the application; `api_base` is where the API is, and the host that it is known by there."""
    proxy = Proxy(*api_base, on_failure=lambda: control.alarms.take(API_FAILED))
    routes = [
        *control.routes(),
        *MarketDataApi(control.market, control.keeper, control.faults).routes(),
        *PlaidApi(control.plaid.simulator, control.plaid.signer, control.faults).routes(),
        *DriveWealthApi(control.drivewealth.broker, control.faults).routes(),
        *StripeApi(control.stripe.simulator, control.faults).routes(),
        *FirebaseApi(control.firebase.simulator, control.faults).routes(),
        Route("/", lambda _: PlainTextResponse(WELCOME.format(url=url))),
        Route("/sandbox/{path:path}", _NoSuchOperation()),
        Route("/{path:path}", proxy),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(control))
        yield
        ticking.cancel()
        control.stripe.simulator.flush()
        await proxy.close()
        if control.keeper.is_running:
            with suppress(BotoCoreError, ClientError):  # the emulator may be gone, and the time with it
                await asyncio.to_thread(control.keeper.run, running=False)

    application = Starlette(routes=routes, lifespan=lifespan)
    application.router.default = proxy  # no route fits a path with the end of a line in it
    return application


def cut_slash(path: str) -> str:
    """Return a path without its trailing slash, as the distribution in front of the API does."""
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


class Proxy:
    """Hands requests to the HTTP API as they came, and its answers back."""

    def __init__(self, url: str, host: str, *, on_failure: Callable[[], None]) -> None:
        self._host, self._on_failure = host, on_failure
        self._gateway = httpx.AsyncClient(base_url=url, timeout=ANSWER_WITHIN_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, of whatever method."""
        answer = await self._answer(Request(scope, receive))
        if answer.status_code >= SERVER_ERROR:
            self._on_failure()
        await answer(scope, receive, send)

    async def close(self) -> None:
        """Close the connections."""
        await self._gateway.aclose()

    async def _answer(self, request: Request) -> Response:
        path = cut_slash(request.scope["raw_path"].decode("latin-1").partition("?")[0])
        if not any(path == prefix or path.startswith(f"{prefix}/") for prefix in API_PATHS):
            return JSONResponse({"message": "Not Found"}, 404)
        query = request.scope["query_string"].decode("latin-1")
        # Blanks around a value are not part of it.
        headers = [(name, value.strip()) for name, value in request.headers.raw if name not in HOP_BY_HOP | SET_ANEW]
        try:
            answer = await self._gateway.request(
                request.method,
                f"{path}?{query}" if query else path,
                content=await request.body(),
                headers=[(b"host", self._host.encode()), *headers],
            )
        except httpx.LocalProtocolError:
            return problem(400, "invalid_request", "a header cannot be handed on as it is")
        except httpx.HTTPError:
            return problem(503, "emulator_unreachable", UNREACHABLE)
        reply = Response(answer.content, answer.status_code)
        kept = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower() not in HOP_BY_HOP | SET_ANEW
        ]
        reply.raw_headers += kept
        return reply


class _NoSuchOperation:
    """Answers whatever the control plane does not know."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, of whatever method."""
        answer = problem(404, "not_found", f"the sandbox has no {scope['method']} {scope['path']}")
        await answer(scope, receive, send)


async def _tick(control: ControlPlane) -> None:
    """Send webhooks, and while the clock runs, let what falls due happen; what failed is tried a second later."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        with suppress(BotoCoreError, ClientError, OSError):
            await asyncio.to_thread(control.stripe.deliver)
        if control.keeper.is_running:
            with suppress(BotoCoreError, ClientError, OSError):
                await asyncio.to_thread(control.keeper.catch_up)
