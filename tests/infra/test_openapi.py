"""The API's description, held against the catalogue and the handlers."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from aws_lambda_powertools.event_handler.openapi import OpenAPIMerge

from infra.catalogue import Function, Route, routes
from infra.openapi.document import FILE, text

DESCRIBED = json.loads(FILE.read_text())
PRIVATE = [(row, route) for row, route in routes() if not route.public]
SCHEMAS: dict[str, Any] = DESCRIBED["components"]["schemas"]


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DESCRIBED["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for item in part.values():
            yield from references(item)
    elif isinstance(part, list):
        for item in part:
            yield from references(item)


def parts(part: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every part of a schema with those that it refers to; examples are none."""
    if isinstance(part, dict):
        yield name, part
        if "$ref" in part:
            model = part["$ref"].rpartition("/")[2]
            yield from parts(SCHEMAS[model], f"{name}/{model}")
        for key, value in part.items():
            if key != "example":
                yield from parts(value, f"{name}/{key}")
    elif isinstance(part, list):
        for item in part:
            yield from parts(item, name)


def own_schemas(row: Function) -> dict[str, Any]:
    merge = OpenAPIMerge(title="Tiller", version="1")
    merge.add_file(row.folder / "handler.py", resolver_name="app")
    found: dict[str, Any] = json.loads(merge.get_openapi_json_schema())["components"]["schemas"]
    return found


def test_the_file_is_what_the_handlers_say() -> None:
    assert FILE.read_text() == text(), "`make openapi` writes it anew"


def test_it_has_the_routes_of_the_catalogue() -> None:
    assert {(method, path) for method, path, _ in operations()} == {(route.method, route.path) for _, route in PRIVATE}


def test_every_operation_has_a_name_a_summary_and_needs_a_token() -> None:
    names = {(route.method, route.path): row.name for row, route in PRIVATE}

    for method, path, operation in operations():
        assert operation["operationId"] == names[method, path]
        assert operation["summary"]
        assert operation["security"] == [{"firebase": []}]


def test_no_answer_but_a_success_has_the_model_of_a_success() -> None:
    for _, _, operation in operations():
        for status, answer in operation["responses"].items():
            models = {kind: content["schema"]["$ref"] for kind, content in answer.get("content", {}).items()}
            if status[0] != "2":
                assert models.pop("application/problem+json") == "#/components/schemas/Problem"
                assert models == ({"application/json": "#/components/schemas/Message"} if status == "401" else {})


def test_422_stands_where_an_idempotency_key_does() -> None:
    for _, _, operation in operations():
        headers = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "header"]
        assert ("422" in operation["responses"]) == (headers == ["idempotency-key"])


def test_429_and_replays_have_their_headers_where_a_key_is_taken() -> None:
    limited = {route.path for row, route in routes() if "rate-limits" in row.tables}
    for _, path, operation in operations():
        takes_key = any(parameter["in"] == "header" for parameter in operation.get("parameters", ()))
        answers = operation["responses"]
        replayed = [status for status, answer in answers.items() if "Idempotency-Replayed" in answer.get("headers", {})]

        assert path in limited or "429" not in answers
        assert "429" in answers or not takes_key
        assert list(answers.get("429", {}).get("headers", {})) == (["Retry-After"] if "429" in answers else [])
        assert bool(replayed) == takes_key
        assert all(status.startswith("2") for status in replayed)


def test_403_stands_where_a_role_or_a_recent_sign_in_is_asked_for() -> None:
    forbidding = {path for _, path, operation in operations() if "403" in operation["responses"]}
    for_operators = {route.path for _, route in PRIVATE if route.role}

    assert forbidding - for_operators == {
        "/api/bank-links",
        "/api/bank-links/exchange",
        "/api/funding-accounts",
        "/api/withdrawals",
    }
    assert for_operators <= forbidding


def test_partners_may_fail_the_routes_that_call_them_alone() -> None:
    calling = {(route.method, route.path) for row, route in PRIVATE if row.partners}

    assert {(method, path) for method, path, operation in operations() if "503" in operation["responses"]} == calling


def test_every_reference_leads_to_a_schema_and_every_schema_is_used() -> None:
    used = {reference.removeprefix("#/components/schemas/") for reference in references(DESCRIBED)}

    assert used == set(SCHEMAS)


def test_request_models_refuse_unknown_fields() -> None:
    for _, _, operation in operations():
        for reference in references(operation.get("requestBody")):
            assert SCHEMAS[reference.rpartition("/")[2]]["additionalProperties"] is False


def test_what_changes_something_has_no_defaults_that_a_generated_client_would_send() -> None:
    changing = [operation for method, _, operation in operations() if method in {"PATCH", "PUT"}]
    bodies = [operation["requestBody"] for operation in changing if "requestBody" in operation]

    assert len(bodies) > 5
    assert [name for body in bodies for name, part in parts(body) if "default" in part] == []


def test_every_body_has_an_example_that_its_schema_takes() -> None:
    for _, _, operation in operations():
        for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for content in body.get("content", {}).values():
                schema = {**content["schema"], "components": DESCRIBED["components"]}
                jsonschema_rs.validate(schema, content["example"])


def test_every_operation_lies_in_a_described_group() -> None:
    groups = {tag["name"] for tag in DESCRIBED["tags"] if tag["description"]}

    assert {operation["tags"][0] for _, _, operation in operations()} == groups


def test_every_parameter_and_every_answer_is_explained() -> None:
    for _, _, operation in operations():
        assert operation["description"]
        for part in [*operation.get("parameters", ()), *operation["responses"].values()]:
            assert part["description"] not in {"", "Successful Response"}


def test_a_dry_run_has_an_answer_of_its_own() -> None:
    answers = DESCRIBED["paths"]["/api/collections/{collection_id}/reconfigure"]["post"]["responses"]
    models = {status: answers[status]["content"]["application/json"]["schema"]["$ref"] for status in ("200", "202")}

    assert models == {"200": "#/components/schemas/PlanReply", "202": "#/components/schemas/VersionReply"}


@pytest.mark.parametrize(("row", "route"), PRIVATE, ids=[row.name for row, _ in PRIVATE])
def test_no_other_handler_has_another_model_of_the_same_name(row: Function, route: Route) -> None:
    # The merge would quietly keep the last one.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mine = own_schemas(row)

    assert route.path in DESCRIBED["paths"]
    assert {name: SCHEMAS[name] for name in mine if name in SCHEMAS} == {
        name: schema for name, schema in mine.items() if name in SCHEMAS
    }
