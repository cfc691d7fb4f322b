"""The HTTP edge: all that is between API Gateway and a route.

It reads bodies strictly, knows the caller from the verified token alone, and turns every error into
a problem document. Whatever a client sends, the answer is below 500.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Depends, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from aws_lambda_powertools.event_handler.request import Request as HttpRequest
from aws_lambda_powertools.event_handler.types import EventHandlerInstance

from trading.platform.admission import UNREADABLE, Admission
from trading.platform.bodies import as_json_request, read_json
from trading.platform.clock import SystemClock
from trading.platform.deadline import lambda_seconds, time_limit
from trading.platform.errors import Forbidden, InvalidRequest, NotFound, TillerError, Unauthenticated
from trading.platform.observability import correlate, logger
from trading.platform.origin import require_distribution
from trading.platform.problems import as_answer, invalid, problem, unexpected
from trading.platform.settings import settings

T = TypeVar("T")

REPLAYED = "Idempotency-Replayed"
KEY_HEADER = "idempotency-key"
ANSWER_SECONDS = 3
"""What of a function's time no partner gets, so that a request is answered and never cut off."""


class HttpApi(APIGatewayHttpResolver):
    """A resolver that lets nothing out but answers and problems."""

    def lambda_handler(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - AWS's own type
        """Be the entry point of the function."""
        return self.resolve(event, context)

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Powertools' own
        """Answer one request."""
        request_id = str((event.get("requestContext") or {}).get("requestId", ""))
        correlate(request_id)
        try:
            with time_limit(lambda_seconds(context) - ANSWER_SECONDS):
                require_distribution(event)
                answer = super().resolve(self._readable(event), context)
        except TillerError as error:
            return as_answer(problem(error, request_id))
        except Exception as error:  # noqa: BLE001 - what fails outside a route, such as writing its answer
            return as_answer(_unexpected(error, request_id))
        # Not every gateway takes a missing body for an empty one.
        return answer if answer.get("body") is not None else {**answer, "body": ""}

    def _readable(self, event: Mapping[str, Any]) -> dict[str, Any]:
        # What is wrong with a body as a whole is told after the caller was judged.
        try:
            return as_json_request(event)
        except InvalidRequest as error:
            self.context[UNREADABLE] = error
            return as_json_request({**event, "body": None})


def http_api(*, takes_raw_body: bool = False) -> HttpApi:
    """Return the resolver of one function, wired to the edge's rules; `takes_raw_body` where the route reads it."""
    app = HttpApi(
        debug=False,  # else an environment variable would have it print each event
        enable_validation=True,
        json_body_deserializer=read_json,
        serializer=_write_json,
        response_validation_error_http_code=500,  # else a wrong answer of ours would be called a wrong request
    )
    app.use([_limited])
    app._request_validation_middleware = Admission(takes_raw_body=takes_raw_body)

    def request_id() -> str:
        return str(app.current_event.request_context.request_id or "")

    app.exception_handler(TillerError)(lambda error: problem(error, request_id()))
    app.exception_handler(RequestValidationError)(lambda error: problem(invalid(error), request_id()))
    app.exception_handler(NotFoundError)(lambda _: problem(NotFound("There is no such route."), request_id()))
    app.exception_handler(Exception)(lambda error: _unexpected(error, request_id()))
    return app


def current_caller(request: HttpRequest) -> str:
    """Return the verified token's subject.

    Raises:
        Unauthenticated: if API Gateway vouches for nobody.
    """
    subject = _claims(request).get("sub")
    if not isinstance(subject, str) or not subject:
        raise Unauthenticated("A verified token is needed.")
    return subject


def current_operator(request: HttpRequest) -> str:
    """Return the caller, if the token says that an operator is calling.

    Raises:
        Unauthenticated: if API Gateway vouches for nobody.
        Forbidden: if the caller is no operator.
    """
    caller = current_caller(request)
    if _claims(request).get("role") != "operator":
        raise Forbidden("Operators only.")
    return caller


def recent_sign_in(request: HttpRequest) -> str:
    """Return the caller, if they signed in a short while ago by the wall clock, as moving money and linking banks need.

    Raises:
        Unauthenticated: if API Gateway vouches for nobody.
        Forbidden: `reauthentication_required` if the sign-in is too old, or its moment unknown.
    """
    caller = current_caller(request)
    try:
        signed_in_at = int(str(_claims(request).get("auth_time", "")))
    except ValueError:
        signed_in_at = 0
    if SystemClock().now().timestamp() - signed_in_at >= settings().sign_in_seconds:
        raise Forbidden("Please sign in again.", code="reauthentication_required")
    return caller


def replayable(body: T, *, status: int, replayed: bool) -> Response[T]:
    """Return the answer to a request with a key; `replayed` says that it was carried out before."""
    headers: dict[str, str | list[str]] = {REPLAYED: "true"} if replayed else {}
    return Response(status_code=status, content_type="application/json", body=body, headers=headers)


Caller = Annotated[str, Depends(current_caller)]
RecentlySignedIn = Annotated[str, Depends(recent_sign_in)]
OperatorCaller = Annotated[str, Depends(current_operator)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", min_length=16, max_length=64)]
Limit = Annotated[int, Query(ge=1, le=100)]
CursorParam = Annotated[str | None, Query(max_length=2000)]

DEFAULT_LIMIT = 30


def _limited(app: EventHandlerInstance, next_middleware: NextMiddleware) -> Response[Any]:
    """Hold one caller's requests that move money or place orders to a limit, once they are known to be valid."""
    if any(param.alias.lower() == KEY_HEADER for param in app.context["_route"].dependant.header_params):
        from trading.platform.limits import admit  # noqa: PLC0415 - few routes need a table for it

        admit(current_caller(app.request), SystemClock())
    return next_middleware(app)


def _claims(request: HttpRequest) -> Mapping[str, Any]:
    context = request.resolved_event.get("requestContext") or {}
    claims = ((context.get("authorizer") or {}).get("jwt") or {}).get("claims")
    return claims if isinstance(claims, Mapping) else {}


def _unexpected(error: Exception, request_id: str) -> Response[str]:
    logger.error("unexpected", code="internal", exception_name=type(error).__name__)
    return unexpected(request_id)


def _write_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, separators=(",", ":"))
