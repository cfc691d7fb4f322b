"""The HTTP edge: what stands between API Gateway and a route.

It reads bodies strictly, knows the caller from the verified token alone, and turns every error into
a problem document (RFC 9457). Whatever a client sends, the answer is below 500.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Depends, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from aws_lambda_powertools.event_handler.request import Request as HttpRequest

from trading.platform import errors
from trading.platform.errors import FieldProblem, InvalidRequest, TillerError
from trading.platform.observability import correlate, logger

PROBLEM_JSON = "application/problem+json"
REPLAYED = "Idempotency-Replayed"

STATUS: Mapping[type[TillerError], tuple[int, str]] = {
    errors.InvalidRequest: (400, "The request is not valid"),
    errors.Unauthenticated: (401, "Nobody is signed in"),
    errors.Forbidden: (403, "Not allowed"),
    errors.NotFound: (404, "Not found"),
    errors.Conflict: (409, "The state forbids this"),
    errors.KeyReused: (422, "The idempotency key was used before"),
    errors.Unavailable: (503, "Not available at present"),
    errors.PartnerError: (502, "A partner did not answer as expected"),
}
"""Which status each branch of the error tree becomes; the nearest class counts."""

UNEXPECTED = (500, "Something went wrong")


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
            return super().resolve({**event, **_plain_body(event)}, context)
        except InvalidRequest as error:
            return _as_dict(_problem(error, request_id))


def http_api() -> HttpApi:
    """Return the resolver of one function, wired to the edge's rules."""
    app = HttpApi(enable_validation=True, json_body_deserializer=read_json, serializer=_write_json)

    def request_id() -> str:
        return str(app.current_event.request_context.request_id or "")

    app.exception_handler(TillerError)(lambda error: _problem(error, request_id()))
    app.exception_handler(RequestValidationError)(lambda error: _problem(_invalid(error), request_id()))
    app.exception_handler(NotFoundError)(lambda _: _problem(errors.NotFound("There is no such route."), ""))
    app.exception_handler(Exception)(lambda error: _unexpected(error, request_id()))
    return app


def current_caller(request: HttpRequest) -> str:
    """Return the verified token's subject.

    Raises:
        Unauthenticated: if API Gateway vouches for nobody.
    """
    subject = _claims(request).get("sub")
    if not isinstance(subject, str) or not subject:
        raise errors.Unauthenticated("A verified token is needed.")
    return subject


def current_operator(request: HttpRequest) -> str:
    """Return the caller, if the token says that an operator is calling.

    Raises:
        Unauthenticated: if API Gateway vouches for nobody.
        Forbidden: if the caller is no operator.
    """
    caller = current_caller(request)
    if _claims(request).get("role") != "operator":
        raise errors.Forbidden("Operators only.")
    return caller


Caller = Annotated[str, Depends(current_caller)]
OperatorCaller = Annotated[str, Depends(current_operator)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", min_length=16, max_length=64)]
Limit = Annotated[int, Query(ge=1, le=100)]
CursorParam = Annotated[str | None, Query(max_length=2000)]

DEFAULT_LIMIT = 30


def read_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read a JSON text strictly: decimals stay exact, a key may stand once, NaN is no number.

    Raises:
        json.JSONDecodeError: if the text is no such JSON, whatever else is wrong with it.
    """
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique)
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError, ArithmeticError):
        raise json.JSONDecodeError("This is not acceptable JSON.", "", 0) from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key stands twice")
    if any("\x00" in text for pair in pairs for text in pair if isinstance(text, str)):
        raise ValueError("a text has a NUL character")
    return read


def _write_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, separators=(",", ":"))


def _plain_body(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body as text, so that nothing behind the edge decodes it again."""
    body = event.get("body")
    if not body or not event.get("isBase64Encoded"):
        return {}
    try:
        return {"body": base64.b64decode(body, validate=True).decode(), "isBase64Encoded": False}
    except (binascii.Error, ValueError):
        raise InvalidRequest("The body is not UTF-8 text.") from None


def _claims(request: HttpRequest) -> Mapping[str, Any]:
    context = request.resolved_event.get("requestContext") or {}
    claims = ((context.get("authorizer") or {}).get("jwt") or {}).get("claims")
    return claims if isinstance(claims, Mapping) else {}


def _invalid(error: RequestValidationError) -> InvalidRequest:
    problems = (
        FieldProblem(_field(problem["loc"]), str(problem["msg"]).removeprefix("Value error, "))
        for problem in error.errors()
    )
    return InvalidRequest(problems=tuple(problems))


def _field(location: tuple[object, ...]) -> str:
    place = [str(part) for part in location]
    if len(place) > 1 and place[0] in {"body", "query", "path", "header"}:
        place = place[1:]
    return "body" if place[0].isdecimal() else ".".join(place)


def _problem(error: TillerError, request_id: str) -> Response[str]:
    status, title = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), UNEXPECTED)
    problems = error.problems if isinstance(error, InvalidRequest) else ()
    return _document(
        status,
        title,
        detail=error.detail,
        code=error.code,
        errors=[{"field": problem.field, "message": problem.message} for problem in problems],
        request_id=request_id,
    )


def _unexpected(error: Exception, request_id: str) -> Response[str]:
    logger.error("unexpected", code="internal", exception_name=type(error).__name__)
    status, title = UNEXPECTED
    return _document(status, title, detail="", code="internal", errors=[], request_id=request_id)


def _document(status: int, title: str, **members: object) -> Response[str]:
    body = {"type": "about:blank", "title": title, "status": status, **members}
    return Response(status_code=status, content_type=PROBLEM_JSON, body=_write_json(body))


def _as_dict(response: Response[str]) -> dict[str, Any]:
    return {
        "statusCode": response.status_code,
        "headers": {"Content-Type": PROBLEM_JSON},
        "body": response.body,
        "isBase64Encoded": False,
    }
