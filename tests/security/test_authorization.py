"""Every route, without a caller and with a stranger's ids: nobody gets anything that is not theirs."""

import pytest

from infra.catalogue import Function, Route, routes
from tests.support.calls import call

pytestmark = pytest.mark.usefixtures("aws")

PRIVATE = [(row, route) for row, route in routes() if not route.public]
OWNED = [(row, route) for row, route in PRIVATE if "{portfolio_id}" in route.path]
BODIES: dict[str, object] = {
    "create_portfolio": {"name": "new", "exchange": 2},
    "replace_portfolio": {"name": "mine now", "exchange": 2},
    "update_portfolio": {"is_automated": True},
    "create_transaction": {"type": "WITHDRAWAL", "amount": 1},
}
HOSTILE = [
    "9" * 5000,
    "[" * 50_000,
    '{"name": "\\ud800", "exchange": 2}',
    '{"name": "a\\u0000b", "exchange": 2}',
    '{"name": "a", "name": "b", "exchange": 2}',
    '{"amount": NaN}',
    '{"amount": 1e400}',
    "null",
    "[]",
    '"text"',
    "",
    "{",
    "\ufeff{}",
]


def ids(pair: tuple[Function, Route]) -> str:
    return pair[0].name


@pytest.mark.parametrize("pair", PRIVATE, ids=ids)
def test_nobody_is_let_in_without_a_verified_caller(pair: tuple[Function, Route]) -> None:
    row, _ = pair

    answer = call(row.name, caller=None, body=BODIES.get(row.name), key="k" * 16, portfolio_id="1")

    assert (answer.status, answer.body["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("pair", OWNED, ids=ids)
def test_a_strangers_portfolio_looks_exactly_like_none(pair: tuple[Function, Route]) -> None:
    row, _ = pair
    portfolio_id = call("create_portfolio", body={"name": "ada's", "exchange": 2}).body["id"]
    arguments = {"caller": "mallory", "body": BODIES.get(row.name), "key": "k" * 16}

    foreign = call(row.name, portfolio_id=portfolio_id, **arguments)
    absent = call(row.name, portfolio_id=portfolio_id % (2**53 - 1) + 1, **arguments)
    malformed = call(row.name, portfolio_id="no-number", **arguments)

    assert foreign.status == absent.status == malformed.status == 404
    assert foreign.body == absent.body == malformed.body
    assert call("get_portfolio", portfolio_id=portfolio_id).body["cash_balance"] == 10000.0


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["create_portfolio", "update_portfolio", "replace_portfolio", "create_transaction"])
def test_a_hostile_body_is_a_bad_request(name: str, raw: str) -> None:
    portfolio_id = call("create_portfolio", body={"name": "ada's", "exchange": 2}).body["id"]

    answer = call(name, raw=raw, key="k" * 16, portfolio_id=portfolio_id)

    assert answer.status == 400
    assert answer.body["code"] == "invalid_request"
    assert answer.headers["Content-Type"] == "application/problem+json"
