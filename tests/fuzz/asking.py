"""How requests are sent, what answers are held against, and who asks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import FailureGroup

from infra.openapi.document import FILE
from tests.fuzz.fixtures import Fixtures

PROBLEM = "application/problem+json"
WITHIN_SECONDS = 120

api = schemathesis.openapi.from_path(FILE)
api.config.output.sanitization.update(enabled=False)


@dataclass(frozen=True)
class Operation:
    """A route as the API describes it."""

    method: str
    path: str
    described: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Return how the route is called, e.g. `GET /api/invoices`."""
        return f"{self.method} {self.path}"

    @property
    def takes_key(self) -> bool:
        """Say whether the route has an idempotency key."""
        return bool(self.names_in("header"))

    def names_in(self, place: str) -> list[str]:
        """Return the parameters in `path`, `query` or `header`."""
        return [parameter["name"] for parameter in self.described.get("parameters", ()) if parameter["in"] == place]

    @cached_property
    def example(self) -> Any:
        """Return the body that the description gives as an example, or None."""
        content = self.described.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("example")

    def fault_of(self, answer: requests.Response) -> str | None:
        """Return what an answer has that the description does not name, or None."""
        if answer.status_code >= 500 or str(answer.status_code) not in self.described["responses"]:
            return f"an undescribed status: {answer.text[:300]}"
        if answer.status_code >= 400 and answer.status_code != 401 and answer.headers["content-type"] != PROBLEM:
            return f"no problem: {answer.text[:300]}"
        try:
            api[self.path][self.method].validate_response(answer)
        except FailureGroup as failures:
            return "; ".join(map(str, failures.exceptions))
        return None


def operations() -> list[Operation]:
    """Return every route that is described."""
    paths: Mapping[str, Mapping[str, Any]] = json.loads(FILE.read_text())["paths"]
    return [
        Operation(method.upper(), path, described) for path, item in paths.items() for method, described in item.items()
    ]


@dataclass(frozen=True)
class Asker:
    """Sends requests for one route, and keeps what is wrong with the answers."""

    fixtures: Fixtures
    operation: Operation
    faults: list[str]

    def ask(self, **more: Any) -> requests.Response:
        """Send a request with real ids in its path; `more` is of `requests`, and `path` for another path."""
        path = more.pop("path", None) or self.real_path()
        headers = {"Authorization": f"Bearer {self.fixtures.token(caller(self.operation.path, 1))}"} | more.pop(
            "headers", {}
        )
        if self.operation.takes_key and "Idempotency-Key" not in headers:
            headers["Idempotency-Key"] = self.fixtures.new_key()
        request = requests.Request(self.operation.method, self.fixtures.url + path, headers=headers, **more)
        prepared = self.fixtures.session.prepare_request(request)
        return self.fixtures.session.send(prepared, timeout=WITHIN_SECONDS)

    def hold(self, answer: requests.Response, *statuses: int) -> None:
        """Keep what is wrong with an answer: it is not as described, or has none of some statuses."""
        fault = self.operation.fault_of(answer)
        if fault is None and statuses and answer.status_code not in statuses:
            fault = answer.text[:300]
        if fault is not None:
            self.faults.append(f"{answer.status_code} {fault}\n{as_curl(answer.request)}")

    def real_path(self) -> str:
        """Return the route's path with ids that exist, where some do."""
        known = {name: self.fixtures.ids(name, self.operation.label) for name in self.operation.names_in("path")}
        return self.operation.path.format(**{name: ids[0] if ids else "1" for name, ids in known.items()})

    def real_example(self) -> Any:
        """Return the example of a body with ids that exist, where some do."""
        return with_real_ids(self.operation.example, self.fixtures, self.operation.label, 0)


def caller(path: str, dice: int) -> str:
    """Return who asks: mostly somebody who may."""
    if "/operator/" in path:
        return "operator" if dice % 10 else "ada"
    if "/kyc/" in path:
        return "newcomer" if dice % 5 else "ada"
    return "ada" if dice % 10 else "nobody"


def with_real_ids(body: Any, fixtures: Fixtures, operation: str, dice: int) -> Any:
    """Return a body with ids that exist in the place of those that it has."""
    if not isinstance(body, dict):
        return body
    named = {name: real_id(fixtures, name, operation, dice) for name in body}
    return {
        name: value if named[name] is None else [named[name]] if isinstance(value, list) else named[name]
        for name, value in body.items()
    }


def real_id(fixtures: Fixtures, name: str, operation: str, dice: int) -> str | None:
    """Return one of the ids that a parameter may have, or None."""
    known = fixtures.ids(name, operation)
    return known[dice % len(known)] if known else None


def as_curl(request: requests.PreparedRequest) -> str:
    """Return a request as a shell has it."""
    headers = "".join(f" -H '{name}: {value}'" for name, value in request.headers.items() if name in SHOWN)
    body = request.body if isinstance(request.body, str | bytes) else b""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    return f"curl -X {request.method} '{request.url}'{headers} --data-binary '{text[:1000]}'"


SHOWN = frozenset({"Authorization", "Content-Type", "Idempotency-Key"})


def each_field(body: Mapping[str, Any], most: int) -> Iterator[str]:
    """Return the names of some fields, spread over all."""
    names = list(body)
    yield from names[:: max(1, len(names) // most)]
