"""What every route of the catalogue refuses as a whole: unknown parameters, bodies that it does not take."""

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.catalogue import Function, Route, routes
from infra.openapi.document import FILE
from tests.security.test_authorization import ANYBODYS, BODIES, OPERATORS, ids
from tests.support.calls import Answer, call
from trading.platform.clock import FixedClock, SystemClock
from trading.platform.limits import ORDERS, RateLimit, admit

pytestmark = pytest.mark.usefixtures("aws")

RAW = {"receive_plaid_webhook", "receive_stripe_webhook"}
"""Routes that read the signed bytes of their body."""

HOUR_AHEAD = FixedClock(SystemClock().now() + timedelta(hours=1))
TAKES_NONE = ("body", "this route takes none")
ALL = list(routes())
PATHS: dict[str, dict[str, Any]] = json.loads(FILE.read_text())["paths"]
BODILESS = [
    (row, route)
    for row, route in ALL
    if row.name not in RAW and "requestBody" not in PATHS.get(route.path, {}).get(route.method.lower(), {})
]


def ask(row: Function, **more: Any) -> Answer:
    claims = {"role": "operator"} if isinstance(row.trigger, Route) and row.trigger.role else None
    return call(row.name, **{"claims": claims, "key": "k" * 16, **ANYBODYS, **more})


def described(route: Route) -> dict[str, Any]:
    """Return what the API's description says of a route; public ones are not in it."""
    found: dict[str, Any] = PATHS.get(route.path, {}).get(route.method.lower(), {})
    return found


def takes_key(operation: dict[str, Any]) -> bool:
    return any(parameter["in"] == "header" for parameter in operation.get("parameters", ()))


def problems(answer: Answer) -> list[tuple[str, str]]:
    return [(error["field"], error["message"]) for error in answer.body["errors"]]


@pytest.mark.parametrize("pair", ALL, ids=ids)
def test_no_route_takes_a_query_parameter_that_it_does_not_know(pair: tuple[Function, Route]) -> None:
    row, _ = pair

    answer = ask(row, body=BODIES.get(row.name), query={"colour": "red", "Limit": "1"})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert [field for field, _ in problems(answer)] == ["Limit", "colour"]


@pytest.mark.parametrize("pair", BODILESS, ids=ids)
def test_a_route_without_a_body_takes_none_or_an_empty_object(pair: tuple[Function, Route]) -> None:
    row, _ = pair
    refused = ['{"a": 1}', "[]", "null", "0", '""', "{", "x", '{"": {}}']

    taken = [ask(row, raw=raw) for raw in ("", "{}", " { } ")]
    answers = [ask(row, raw=raw) for raw in refused]

    assert not [answer.body for answer in taken if answer.status == 400 and TAKES_NONE in problems(answer)]
    assert [(answer.status, problems(answer)) for answer in answers] == ([(400, [TAKES_NONE])] * len(refused))


@pytest.mark.parametrize("pair", OPERATORS, ids=ids)
def test_the_role_is_judged_before_anything_that_was_sent(pair: tuple[Function, Route]) -> None:
    row, _ = pair
    hostile: list[dict[str, Any]] = [
        {"raw": "{"},
        {"raw": '{"unknown": 1}'},
        {"raw": "a=1", "content_type": "text/plain"},
        {"query": {"colour": "red"}},
        {"query": {"limit": "0"}},
    ]

    answers = [call(row.name, caller="mallory", **ANYBODYS, **request) for request in hostile]

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(403, "forbidden")}


OWN_LIMITS = {"replay_portfolio": RateLimit("replay", burst=10, interval_ms=6_000)}
"""Routes that hold each caller to a limit of their own."""


def test_the_routes_with_a_key_are_those_that_hold_each_caller_to_a_limit() -> None:
    keyed = {row.name for row, route in ALL if "429" in described(route).get("responses", {})}

    assert keyed == {row.name for row, _ in ALL if "rate-limits" in row.tables}
    assert keyed == {row.name for row, route in ALL if takes_key(described(route))} | OWN_LIMITS.keys()
    assert len(keyed) >= 5


@pytest.mark.parametrize("pair", [pair for pair in ALL if "rate-limits" in pair[0].tables], ids=ids)
def test_whom_too_much_was_asked_of_is_told_when_to_come_back(pair: tuple[Function, Route]) -> None:
    row, _ = pair
    limit = OWN_LIMITS.get(row.name, ORDERS)
    for _ in range(limit.burst):
        admit("ada", HOUR_AHEAD, limit)

    refused = ask(row, body=BODIES.get(row.name))
    other = ask(row, body=BODIES.get(row.name), caller="grace")

    retry_after = str(max(1, limit.interval_ms // 1000))
    assert (refused.status, refused.body["code"]) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == retry_after
    assert other.status != 429


@pytest.mark.parametrize("raw", ["1", "1.0", '"true"', "false"])
def test_all_notices_are_marked_by_true_alone(raw: str) -> None:
    answer = call("mark_notifications_read", raw=f'{{"all": {raw}}}')

    assert (answer.status, [field for field, _ in problems(answer)][:1]) == (400, ["all"])
