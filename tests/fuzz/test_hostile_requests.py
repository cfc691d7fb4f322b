"""Requests that nobody means well with, put together one by one: each is answered as the API describes."""

import json
from typing import Any

import pytest

from infra.catalogue import routes
from tests.fuzz.asking import PROBLEM, Asker, Operation, each_field, operations
from tests.fuzz.fixtures import Fixtures

OPERATIONS = operations()
WITH_BODY = [operation for operation in OPERATIONS if operation.example is not None]
WITH_PATH = [operation for operation in OPERATIONS if operation.names_in("path")]
WITH_QUERY = [operation for operation in OPERATIONS if operation.names_in("query")]
LISTS = [operation for operation in OPERATIONS if "cursor" in operation.names_in("query")]
WITH_KEY = [operation for operation in OPERATIONS if operation.takes_key]
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"})
PUBLIC = [(row, route) for row, route in routes() if route.public]
MAX_FIELDS = 4
BAD, ABSENT, TOO_LARGE, REFUSED = 400, 404, 413, (404, 405)

VALUES = [
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "-1.5e-7",
    "9" * 4000,
    "9223372036854775808",
    '"NaN"',
    '""',
    '" "',
    '"\\ud83d\\ude00\\u202e\\u0000"',
    '"\\ud83d\\ude00\\u202e"',
    json.dumps("x" * 20_000),
    json.dumps("٣"),
    json.dumps("%00/../#?"),
    "[]",
    "{}",
    '[[{"a": null}]]',
]
"""JSON for the place of any value."""

BODIES = {
    "nothing": b"",
    "a space": b" ",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"text"',
    "no json": b"{",
    "two": b"{}{}",
    "not a number": b'{"a": NaN}',
    "infinite": b'{"a": -Infinity}',
    "deep": b"[" * 100_000,
    "deep and closed": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "twice": b'{"reason": "a", "reason": "b"}',
    "half a character": b'{"a": "\\ud800"}',
    "nul": b'{"a": ["\\u0000"]}',
    "raw nul": b'{"a": "\x00"}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "latin-1": b'{"a": "\xe9"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "300 kB": b'{"a": "' + b"x" * 300_000 + b'"}',
    "a large number": b'{"a": ' + b"9" * 300_000 + b"}",
    "many fields": json.dumps({f"f{number}": number for number in range(20_000)}).encode(),
}
PARTS = [
    "0",
    "-1",
    "9" * 400,
    "9007199254740993",
    "1.5",
    "null",
    "x" * 3000,
    "%00",
    "%2F",
    "a%2Fb",
    "%252F",
    "..%2F..",
    "%23",
    "%3F",
    "%0A",
    "%20",
    "%C3%A9",
    "%F0%9F%98%80",
    "%FF%FE",
    "%",
    "a#b",
    "<script>",
    "{id}",
    "a;b=c",
    "person%23ada",
]
"""Parts of a path, as a client writes them."""

LIMITS = ["0", "-1", "101", "1e3", "٣", "9" * 5000, "ten", "", "%00", "1&limit=2", "1,2"]
CURSORS = ["", "x", "=", "%00", "A" * 1999, "A" * 5000, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%F0%9F%98%80", "null"]


def name_of(operation: Operation) -> str:
    return operation.label


@pytest.fixture
def asker(fixtures: Fixtures, request: pytest.FixtureRequest) -> Asker:
    return Asker(fixtures, request.param, [])


def over(some: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("asker", some, ids=name_of, indirect=True)


@over(WITH_BODY)
def test_the_example_of_a_body_is_taken(asker: Asker) -> None:
    answer = asker.ask(json=asker.real_example())

    asker.hold(answer)
    assert not asker.faults, "\n\n".join(asker.faults)
    assert answer.status_code != BAD, answer.text


@over(WITH_BODY)
def test_any_value_in_any_field_is_taken_or_refused_in_words(asker: Asker) -> None:
    body = asker.real_example()
    for name in each_field(body, MAX_FIELDS):
        for value in VALUES:
            rest = json.dumps({key: other for key, other in body.items() if key != name})[1:-1]
            text = f"{{{json.dumps(name)}: {value}{', ' if rest else ''}{rest}}}"
            asker.hold(asker.ask(data=text.encode(), headers={"Content-Type": "application/json"}))

    assert not asker.faults, "\n\n".join(asker.faults)


@over(WITH_BODY)
def test_a_field_that_is_not_known_is_named(asker: Asker) -> None:
    answer = asker.ask(json={**asker.real_example(), "profile_id": "bob"})

    asker.hold(answer, BAD)
    assert not asker.faults, "\n\n".join(asker.faults)
    assert "profile_id" in [error["field"] for error in answer.json()["errors"]]


@over(WITH_BODY)
def test_a_body_that_is_none_is_refused(asker: Asker) -> None:
    for raw in BODIES.values():
        answer = asker.ask(data=raw, headers={"Content-Type": "application/json"})
        asker.hold(answer, BAD, TOO_LARGE)

    assert not asker.faults, "\n\n".join(asker.faults)


@over(WITH_BODY)
def test_a_body_of_another_type_is_refused_and_one_in_pieces_is_read(asker: Asker) -> None:
    text = json.dumps(asker.real_example()).encode()
    for kind in ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", "\xff"):
        asker.hold(asker.ask(data=text, headers={"Content-Type": kind}), BAD)
    in_pieces = asker.ask(data=iter([b"{", b"{"]), headers={"Content-Type": "application/json"})

    asker.hold(in_pieces, BAD)
    assert not asker.faults, "\n\n".join(asker.faults)


@over(WITH_PATH)
def test_an_id_that_nobody_has_is_not_found_or_refused(asker: Asker) -> None:
    names = asker.operation.names_in("path")
    for part in PARTS:
        path = asker.operation.path.format(**dict.fromkeys(names, part))
        answer = asker.ask(path=path, json=asker.operation.example and asker.real_example())
        if answer.status_code != ABSENT or answer.headers["content-type"] == PROBLEM:
            asker.hold(answer)  # else the gateway knows no such path

    assert not asker.faults, "\n\n".join(asker.faults)


@over(LISTS)
def test_limits_and_cursors_that_are_none_are_refused(asker: Asker) -> None:
    for name, values in (("limit", LIMITS), ("cursor", CURSORS)):
        for value in values:
            answer = asker.ask(path=f"{asker.real_path()}?{name}={value}")
            asker.hold(answer, BAD, *((200,) if value in {"", "1&limit=2"} else ()))

    assert not asker.faults, "\n\n".join(asker.faults)


@over(WITH_QUERY)
def test_a_query_of_any_kind_is_answered(asker: Asker) -> None:
    names = asker.operation.names_in("query")
    for value in ("", "%00", "%FF", "a&{name}=b", "true", "2013-02-30", "86400", "x" * 3000, "%F0%9F%98%80"):
        for name in names:
            asker.hold(asker.ask(path=f"{asker.real_path()}?{name}={value.format(name=name)}"))
    for query in ("&&&", "=", "=1", "a", "a[]=1&a[]=2", "%", "limit", "profile_id=bob"):
        asker.hold(asker.ask(path=f"{asker.real_path()}?{query}"))

    assert not asker.faults, "\n\n".join(asker.faults)


@over(WITH_KEY)
def test_a_key_that_is_none_is_refused(asker: Asker) -> None:
    body = asker.operation.example and asker.real_example()
    for key in ("", "short", "x" * 65, "\xe9" * 3):
        asker.hold(asker.ask(json=body, headers={"Idempotency-Key": key}), BAD)
    for key in ("\xe9" * 16, "a b c d e f g h i", "'\"<>{}[]|\\^`#%&;"):
        asker.hold(asker.ask(json=body, headers={"Idempotency-Key": key}))

    assert not asker.faults, "\n\n".join(asker.faults)


def test_a_cursor_is_good_for_one_list_and_one_person(fixtures: Fixtures) -> None:
    def page(uid: str, path: str) -> Any:
        return fixtures.session.get(
            f"{fixtures.url}/api/{path}", headers={"Authorization": f"Bearer {fixtures.token(uid)}"}
        )

    cursor = page("ada", "notifications?limit=1").json()["next_cursor"]
    assert cursor

    assert page("ada", f"notifications?limit=1&cursor={cursor}").status_code == 200
    for uid, path in (("bob", "notifications"), ("ada", "notifications?unread=true"), ("ada", "history")):
        answer = page(uid, f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (BAD, "cursor")


@pytest.mark.parametrize("path", sorted({operation.path for operation in OPERATIONS}))
def test_a_method_that_is_not_described_is_refused(fixtures: Fixtures, path: str) -> None:
    described = {operation.method for operation in OPERATIONS if operation.path == path}
    headers = {"Authorization": f"Bearer {fixtures.token('operator')}"}

    answers = {
        method: fixtures.session.request(method, fixtures.url + path.replace("{", "").replace("}", ""), headers=headers)
        for method in sorted(METHODS - described)
    }

    wrong = {method: answer.status_code for method, answer in answers.items() if answer.status_code not in REFUSED}
    if path.endswith("/presets"):  # the gateway takes it for the id of a portfolio
        wrong = {method: status for method, status in wrong.items() if status != BAD}
    assert wrong == {}


@pytest.mark.parametrize("pair", PUBLIC, ids=lambda pair: pair[0].name)
def test_a_public_route_takes_nothing_that_is_not_meant_for_it(fixtures: Fixtures, pair: Any) -> None:
    _, route = pair
    url = fixtures.url + route.path
    signatures = [{}, {"stripe-signature": "t=1,v1=a", "plaid-verification": "a.b.c"}]
    sent = [
        fixtures.session.request(route.method, url, data=raw, headers={"Content-Type": "application/json", **signature})
        for raw in BODIES.values()
        for signature in signatures
    ]

    expected = {200, BAD} if route.method == "GET" else {BAD, TOO_LARGE}
    assert {answer.status_code for answer in sent} <= expected


@pytest.mark.parametrize("token", ["", "x", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "Bearer \xff"])
def test_a_token_that_is_none_is_refused(fixtures: Fixtures, token: str) -> None:
    answer = fixtures.session.get(f"{fixtures.url}/api/profile", headers={"Authorization": token.encode("latin-1")})

    assert answer.status_code == 401
