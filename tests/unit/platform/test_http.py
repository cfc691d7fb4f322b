"""The HTTP edge, through an API of its own that has one route for each thing that it promises."""

import io
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tests.unit.platform.events import http_event
from trading.platform.errors import Conflict, StaleRecord, Unavailable
from trading.platform.fields import DollarAmount, Dollars, Reply, Request
from trading.platform.http import (
    DEFAULT_LIMIT,
    Caller,
    CursorParam,
    IdempotencyKey,
    Limit,
    OperatorCaller,
    http_api,
    replayable,
)

ADA = {"sub": "ada"}
JSON = {"content-type": "application/json"}
app = http_api()


class Part(Request):
    weight: Annotated[int, Field(ge=1)]


class Order(Request):
    amount: DollarAmount
    name: Annotated[str, Field(max_length=10)] = ""
    parts: Annotated[list[Part], Field(default_factory=list)]


class OrderReply(Reply):
    caller: str
    amount: Dollars


@app.post("/orders", status_code=201)
def create_order(order: Order, caller: Caller) -> OrderReply:
    return OrderReply(caller=caller, amount=order.amount)


@app.post("/keyed")
def keyed(caller: Caller, key: IdempotencyKey) -> Response[OrderReply]:
    body = OrderReply(caller=f"{caller} {key}", amount=Decimal(1))
    return Response(status_code=200, content_type="application/json", body=body)


@app.get("/orders")
def list_orders(caller: Caller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None) -> dict[str, Any]:
    return {"caller": caller, "limit": limit, "cursor": cursor}


@app.get("/operators")
def operators(caller: OperatorCaller) -> dict[str, str]:
    return {"caller": caller}


@app.get("/fails/<kind>")
def fails(kind: str) -> OrderReply:
    failures = {
        "conflict": Conflict("Sell it first.", code="open_positions"),
        "stale": StaleRecord(),
        "unavailable": Unavailable("Later."),
        "crash": RuntimeError("canary-7351"),
    }
    if kind in failures:
        raise failures[kind]
    return {"not": "an order"}  # type: ignore[return-value]


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    kind: str

    @property
    def fields(self) -> list[str]:
        return [problem["field"] for problem in self.body["errors"]]


def ask(method: str, path: str, **parts: Any) -> Answer:
    answer = app.lambda_handler(http_event(method, path, **parts), None)
    headers = answer.get("headers") or {}
    kind = headers.get("Content-Type") or answer["multiValueHeaders"]["Content-Type"][0]
    return Answer(answer["statusCode"], json.loads(answer["body"]), kind)


def post(body: str, **parts: Any) -> Answer:
    return ask("POST", "/orders", **{"claims": ADA, "headers": JSON, "body": body, **parts})


def test_a_request_is_answered_for_its_caller_with_numbers_for_dollars() -> None:
    answer = post('{"amount": 8999.46}')

    assert (answer.status, answer.kind) == (201, "application/json")
    assert answer.body == {"caller": "ada", "amount": 8999.46}


def test_a_problem_has_every_member_of_the_contract() -> None:
    answer = ask("GET", "/fails/conflict")

    assert (answer.status, answer.kind) == (409, "application/problem+json")
    assert answer.body == {
        "type": "about:blank",
        "title": "The state forbids this",
        "status": 409,
        "detail": "Sell it first.",
        "code": "open_positions",
        "errors": [],
        "request_id": "request-1",
    }


@pytest.mark.parametrize(("kind", "status"), [("stale", 409), ("unavailable", 503), ("crash", 500), ("reply", 500)])
def test_every_error_becomes_the_status_of_its_class(kind: str, status: int) -> None:
    assert ask("GET", f"/fails/{kind}").status == status


def test_an_unexpected_error_tells_nothing_but_its_request_id(log_lines: io.StringIO) -> None:
    answer = ask("GET", "/fails/crash")

    assert (answer.body["code"], answer.body["request_id"]) == ("internal", "request-1")
    assert "request-1" in log_lines.getvalue()
    assert "canary-7351" not in json.dumps(answer.body) + log_lines.getvalue()


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("PUT", "/orders"), ("TRACE", "/orders")])
def test_an_unknown_route_or_method_is_not_found(method: str, path: str) -> None:
    answer = ask(method, path, claims=ADA)

    assert (answer.status, answer.body["code"], answer.body["request_id"]) == (404, "not_found", "request-1")


@pytest.mark.parametrize("claims", [None, {}, {"sub": ""}], ids=["no authorizer", "no subject", "empty subject"])
def test_without_a_verified_subject_nobody_is_signed_in(claims: dict[str, str] | None) -> None:
    answer = post('{"amount": 1}', claims=claims)

    assert (answer.status, answer.body["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("authorizer", [None, {}, {"jwt": None}, {"jwt": {"claims": None}}, {"lambda": {"sub": "x"}}])
def test_an_authorizer_of_any_other_shape_vouches_for_nobody(authorizer: object) -> None:
    event = http_event("GET", "/orders")
    event["requestContext"]["authorizer"] = authorizer

    assert app.lambda_handler(event, None)["statusCode"] == 401


def test_only_operators_pass_where_the_role_is_asked_for() -> None:
    assert ask("GET", "/operators", claims=ADA).status == 403
    assert ask("GET", "/operators").status == 401
    assert ask("GET", "/operators", claims=ADA | {"role": "operator"}).body == {"caller": "ada"}


@pytest.mark.parametrize("role", ["admin", "Operator", "operators", "oper", "", " operator", "user", "true"])
def test_any_other_role_is_as_good_as_none(role: str) -> None:
    answer = ask("GET", "/operators", claims=ADA | {"role": role})

    assert (answer.status, answer.body["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("{}", ["amount"]),
        ('{"amount": 1, "colour": "red"}', ["colour"]),
        ('{"amount": 1.001, "name": 5}', ["amount", "name"]),
        ('{"amount": null}', ["amount"]),
        ('{"amount": 1, "name": "12345678901"}', ["name"]),
        ('{"amount": 1, "parts": [{"weight": 1}, {"weight": 0}]}', ["parts.1.weight"]),
        ('{"amount": 1, "parts": [{"weight": 1.0}]}', ["parts.0.weight"]),
        ('{"amount": 1, "parts": [{"weight": true}]}', ["parts.0.weight"]),
    ],
)
def test_an_invalid_request_names_each_wrong_field(body: str, fields: list[str]) -> None:
    answer = post(body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert answer.fields == fields


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", '"text"', "5", "true", "{", "9" * 5000, "[" * 50_000, '{"amount": 1, "amount": 2}', "\ufeff{}"],
    ids=lambda body: body[:12],
)
def test_a_body_that_is_no_object_is_named_as_a_whole(body: str) -> None:
    answer = post(body)

    assert (answer.status, answer.fields) == (400, ["body"])


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("body", ["", "amount=1"])
def test_a_body_of_another_type_is_an_invalid_request(kind: str, body: str) -> None:
    assert post(body, headers={"content-type": kind}).status == 400


@pytest.mark.parametrize("body", ["!!!", "//79"])
def test_a_body_that_is_no_text_is_an_invalid_request(body: str) -> None:
    assert post(body, is_base64=True).status == 400


def test_what_a_client_sent_is_not_repeated_to_it() -> None:
    answer = post('{"amount": "canary-7351"}')

    assert "canary-7351" not in json.dumps(answer.body)


def test_the_name_of_an_unknown_field_is_repeated_in_part_only() -> None:
    assert len(post(json.dumps({"amount": 1, "x" * 10_000: 1})).fields[0]) == 100


@pytest.mark.parametrize("key", [None, "", "k" * 15, "k" * 65])
def test_a_missing_or_odd_idempotency_key_is_an_invalid_request(key: str | None) -> None:
    answer = ask("POST", "/keyed", claims=ADA, headers={} if key is None else {"idempotency-key": key})

    assert (answer.status, answer.fields) == (400, ["idempotency-key"])


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key"])
@pytest.mark.parametrize("length", [16, 64])
def test_an_idempotency_key_has_16_to_64_characters(name: str, length: int) -> None:
    answer = ask("POST", "/keyed", claims=ADA, headers={name: "k" * length})

    assert answer.body["caller"] == f"ada {'k' * length}"


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", ""])
def test_a_limit_out_of_range_is_an_invalid_request(limit: str) -> None:
    answer = ask("GET", "/orders", claims=ADA, query={"limit": limit})

    assert (answer.status, answer.fields) == (400, ["limit"])


def test_a_page_has_30_items_unless_asked() -> None:
    assert ask("GET", "/orders", claims=ADA).body["limit"] == 30
    assert ask("GET", "/orders", claims=ADA, query={"limit": "100"}).body["limit"] == 100


def test_a_cursor_has_a_length() -> None:
    assert ask("GET", "/orders", claims=ADA, query={"cursor": "x" * 2001}).fields == ["cursor"]


def test_no_request_is_ever_printed(capsys: pytest.CaptureFixture[str]) -> None:
    ask("GET", "/orders", claims=ADA, query={"cursor": "canary-2894"})

    assert "canary-2894" not in capsys.readouterr().out


@pytest.mark.parametrize(("replayed", "said"), [(True, "true"), (False, None)])
def test_an_answer_says_whether_it_is_a_replay(replayed: bool, said: str | None) -> None:
    answer = replayable({"id": 1}, status=201, replayed=replayed)

    assert (answer.status_code, answer.body) == (201, {"id": 1})
    assert answer.headers.get("Idempotency-Replayed") == said
