"""What is judged of every request before its route: who calls, what it asks by query, whether it may have a body.

The caller comes first, so that nobody learns from a 400 what a route takes that is not theirs to call.
"""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.depends import solve_dependencies
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import OpenAPIRequestValidationMiddleware
from aws_lambda_powertools.event_handler.types import EventHandlerInstance

from trading.platform.bodies import read_json
from trading.platform.errors import FieldProblem, InvalidRequest

UNREADABLE = "unreadable_body"
"""Where the context has the error of a body that is no JSON text."""

_MAX_NAME = 100


class Admission(OpenAPIRequestValidationMiddleware):
    """Judges the request as a whole, then each of its fields as Powertools does."""

    def __init__(self, *, takes_raw_body: bool) -> None:
        self._takes_raw_body = takes_raw_body

    def handler(self, app: EventHandlerInstance, next_middleware: NextMiddleware) -> Response:  # type: ignore[type-arg]
        """Let a request through to its route.

        Raises:
            Unauthenticated: if the route asks for a caller and there is none.
            Forbidden: if the caller lacks what the route asks for.
            InvalidRequest: if the query or the body has what the route does not know.
        """
        route: Route = app.context["_route"]
        solve_dependencies(dependant=route.dependant, request=app.request)
        if UNREADABLE in app.context:
            raise app.context[UNREADABLE]
        _refuse_unknown_parameters(route, app.current_event.resolved_query_string_parameters)
        if not route.dependant.body_params and not self._takes_raw_body:
            _refuse_body(app.current_event.body)
        return super().handler(app, next_middleware)


def _refuse_unknown_parameters(route: Route, given: dict[str, list[str]]) -> None:
    known = {parameter.alias for parameter in route.dependant.query_params}
    unknown = sorted(set(given) - known)
    if unknown:
        problems = (FieldProblem(name[:_MAX_NAME], "is no query parameter of this route") for name in unknown)
        raise InvalidRequest(problems=tuple(problems))


def _refuse_body(body: str | None) -> None:
    try:
        is_empty = not body or read_json(body) == {}
    except ValueError:
        is_empty = False
    if not is_empty:
        raise InvalidRequest(problems=(FieldProblem("body", "this route takes none"),))
