"""Stripe's API over HTTP, with its faults: what the SDK asks for."""

import json
from collections.abc import Awaitable, Callable
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Fault, Faults
from sandbox.partners.failing import failing
from sandbox.partners.stripe.calls import Operation, table
from sandbox.partners.stripe.errors import API, INVALID, StripeError, invalid
from sandbox.partners.stripe.expansion import expanded
from sandbox.partners.stripe.form import Form
from sandbox.partners.stripe.simulator import MAX_KEY, Answer, Call, StripeSimulator

MOUNTED_AT = "/sandbox/partners/stripe"
LOSES_THE_ANSWER = frozenset({Fault.DROP_AFTER, Fault.SLOW, Fault.MALFORMED})
BUSY = StripeError(429, INVALID, "Request rate limit exceeded.", code="rate_limit")
BROKEN = StripeError(500, API, "An unknown error occurred.")


class StripeApi:
    """The calls that Tiller makes."""

    def __init__(self, simulator: StripeSimulator, faults: Faults) -> None:
        self._stripe, self._faults = simulator, faults

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(f"{MOUNTED_AT}/v1/{operation.path}", self._endpoint(operation), methods=[operation.method])
            for operation in table(self._stripe)
        ] + [Route(f"{MOUNTED_AT}/{{path:path}}", _unknown, methods=["GET", "POST", "DELETE"])]

    def _endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            fault, raw = self._faults.take("stripe", operation.fault), await request.body()
            if fault is Fault.HTTP_429:
                return JSONResponse(BUSY.body(), BUSY.status, {"Retry-After": "1"})
            if fault in {Fault.DROP_BEFORE, Fault.HANG}:
                return await failing(Response(), fault)
            response = self._answer(request, raw, operation, breaks=fault is Fault.HTTP_500)
            return await failing(response, fault) if fault in LOSES_THE_ANSWER else response

        return endpoint

    def _answer(self, request: Request, raw: bytes, operation: Operation, *, breaks: bool) -> Response:
        call = _call(request, raw)

        def act() -> Answer:
            try:
                if breaks:
                    raise BROKEN
                form = Form.read(raw if request.method == "POST" else request.url.query.encode())
                form.only(operation.knows)
                document = operation.act(form, *request.path_params.values())
                return Answer(200, json.dumps(expanded(document, form.texts("expand"), self._stripe.state)))
            except StripeError as error:
                if not error.is_kept:
                    raise
                return Answer(error.status, json.dumps(error.body()))

        try:
            _check(request, call)
            answer = self._stripe.answer(call, act)
        except StripeError as error:
            answer = Answer(error.status, json.dumps(error.body()))
        return _response(call, answer)


async def _unknown(request: Request) -> Response:
    path = request.url.path.removeprefix(MOUNTED_AT)
    error = StripeError(404, INVALID, f"Unrecognized request URL ({request.method}: {path}).")
    return JSONResponse(error.body(), error.status)


def _call(request: Request, raw: bytes) -> Call:
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    what = f"{request.method} {request.url.path} {raw.decode(errors='replace')}"
    return Call(f"req_{uuid4().hex[:14]}", what, key, changes=request.method == "POST")


def _check(request: Request, call: Call) -> None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in {"bearer", "basic"} or not secret.strip():
        raise StripeError(401, INVALID, "You did not provide an API key.")
    if call.key is not None and len(call.key) > MAX_KEY:
        raise invalid("idempotency_key", f"Idempotency keys have at most {MAX_KEY} characters")


def _response(call: Call, answer: Answer) -> Response:
    headers = {"Request-Id": call.request_id}
    if call.key is not None:
        headers["Idempotency-Key"] = call.key
    if answer.is_replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, answer.status, headers, "application/json")
