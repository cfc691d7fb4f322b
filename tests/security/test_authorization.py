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
    "update_kyc_form": {"first_name": "Eve"},
    "create_document_upload": {"content_type": "image/png", "content_length": 100},
    "attach_document": {"upload_id": "f" * 32, "type": "PASSPORT", "side": "FRONT"},
    "validate_address": {"street1": "1 Example St", "city": "Springfield", "province": "NY", "postal_code": "10001"},
    "create_bank_link": {},
    "exchange_bank_link": {"public_token": "public-sandbox-1"},
    "add_funding_account": {"bank_link_id": "f" * 32, "account_id": "account-1", "account_name": "Checking"},
    "create_deposit": {"amount_cents": 100, "funding_account_id": "f" * 32},
    "create_withdrawal": {"amount_cents": 100, "funding_account_id": "f" * 32},
    "reconfigure_collection": {"absolute_amount_delta_cents": 100},
    "put_collection": {"name": "Tech", "weights": [{"symbol": "AAPL", "weight": 1}], "reason": "because"},
    "create_setup_session": {"success_url": "https://app.example.com", "cancel_url": "https://app.example.com"},
    "add_payment_method": {"stripe_session_id": "cs_test_1"},
    "mark_notifications_read": {"all": True},
    "put_device": {"fcm_token": "a-token", "platform": "ios"},
    "put_notification_preferences": {},
    "void_invoice": {"reason": "because"},
    "note_dispute": {"reason": "because"},
    "pay_credit_payout": {"reason": "because"},
    "credit_invoice": {"amount_cents": 100, "reason": "because"},
    "pause_person": {"reason": "because"},
    "stop_portfolio": {"strength": "reduce_only"},
    "create_backtest": {"exchange": 2, "symbols": ["AAPL"], "from": "2012-01-03", "to": "2012-12-31"},
    "put_trading_stop": {"stopped": False, "reason": "because"},
    "resume_person": {"reason": "because"},
    "resolve_discrepancy": {"reason": "because"},
    "decide_unknown": {"decision": "never_arrived", "reason": "because"},
}
ANYBODYS = {
    "portfolio_id": "1",
    "money_flow_id": "f" * 32,
    "funding_account_id": "f" * 32,
    "collection_id": "tech",
    "version_id": "f" * 32,
    "invoice_id": "f" * 32,
    "device_id": "phone",
    "payment_method_id": "f" * 32,
    "profile_id": "ada",
    "discrepancy_id": "1",
    "unknown_id": "1",
    "dispute_id": "du_1",
    "backtest_id": "f" * 32,
    "payout_id": "f" * 32,
    "exchange": "NASDAQ",
    "symbol": "AAPL",
    "day": "2013-02-19",
    "date": "2013-02-19",
}
"""An id for every parameter of a path."""

OPERATORS = [(row, route) for row, route in PRIVATE if route.role == "operator"]
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

    answer = call(row.name, caller=None, body=BODIES.get(row.name), key="k" * 16, **ANYBODYS)

    assert (answer.status, answer.body["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("pair", OPERATORS, ids=ids)
def test_what_operators_do_is_closed_to_people(pair: tuple[Function, Route]) -> None:
    row, _ = pair

    for claims in ({}, {"role": "user"}, {"role": "admin"}, {"role": "Operator"}):
        answer = call(row.name, caller="mallory", body=BODIES.get(row.name), claims=claims, **ANYBODYS)

        assert (answer.status, answer.body["code"]) == (403, "forbidden")


@pytest.mark.parametrize("pair", OWNED, ids=ids)
def test_a_strangers_portfolio_looks_exactly_like_none(pair: tuple[Function, Route]) -> None:
    row, _ = pair
    portfolio_id = call("create_portfolio", body={"name": "ada's", "exchange": 2}).body["id"]
    others = {name: value for name, value in ANYBODYS.items() if name != "portfolio_id"}
    arguments = {"caller": "mallory", "body": BODIES.get(row.name), "key": "k" * 16, **others}

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
