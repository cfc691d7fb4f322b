"""Problem documents (RFC 9457): the one table that maps our errors to HTTP."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from trading.platform import errors
from trading.platform.errors import FieldProblem, InvalidRequest, TillerError, TooManyRequests

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER = "Retry-After"

STATUS: Mapping[type[TillerError], tuple[int, str]] = {
    errors.InvalidRequest: (400, "The request is not valid"),
    errors.Unauthenticated: (401, "Nobody is signed in"),
    errors.Forbidden: (403, "Not allowed"),
    errors.NotFound: (404, "Not found"),
    errors.Conflict: (409, "The state forbids this"),
    errors.KeyReused: (422, "The idempotency key was used before"),
    errors.TooManyRequests: (429, "Too many requests"),
    errors.Unavailable: (503, "Not available at present"),
    errors.PartnerError: (502, "A partner did not answer as expected"),
}
"""Which status each branch of the error tree becomes; the nearest class counts."""

UNEXPECTED = (500, "Something went wrong")
_PLACES = frozenset({"body", "query", "path", "header"})
_MAX_FIELD = 100


def problem(error: TillerError, request_id: str) -> Response[str]:
    """Return the answer for one of our errors."""
    status, title = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), UNEXPECTED)
    fields = error.problems if isinstance(error, InvalidRequest) else ()
    document = _document(
        status,
        title,
        detail=error.detail,
        code=error.code,
        errors=[{"field": field.field, "message": field.message} for field in fields],
        request_id=request_id,
    )
    if isinstance(error, TooManyRequests):
        document.headers[RETRY_AFTER] = str(error.retry_after)
    return document


def unexpected(request_id: str) -> Response[str]:
    """Return the answer that has nothing but its request id."""
    status, title = UNEXPECTED
    return _document(status, title, detail="", code="internal", errors=[], request_id=request_id)


def invalid(error: RequestValidationError) -> InvalidRequest:
    """Return what is wrong with each field of a request, without what the client sent there."""
    problems = (
        FieldProblem(_field(found["loc"]), str(found["msg"]).removeprefix("Value error, ")) for found in error.errors()
    )
    return InvalidRequest(problems=tuple(problems))


def as_answer(response: Response[str]) -> dict[str, Any]:
    """Return a problem as API Gateway takes it, for where no resolver is around it."""
    return {
        "statusCode": response.status_code,
        "headers": {"Content-Type": PROBLEM_JSON},
        "body": response.body,
        "isBase64Encoded": False,
    }


def _field(location: tuple[object, ...]) -> str:
    place = [str(part) for part in location]
    if len(place) > 1 and place[0] in _PLACES:
        place = place[1:]
    return "body" if place[0].isdecimal() else ".".join(place)[:_MAX_FIELD]


def _document(status: int, title: str, **members: object) -> Response[str]:
    body = {"type": "about:blank", "title": title, "status": status, **members}
    return Response(status_code=status, content_type=PROBLEM_JSON, body=json.dumps(body, separators=(",", ":")))
