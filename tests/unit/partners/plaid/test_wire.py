"""Plaid's client by what goes over the wire: each request as Plaid wants it, each answer read to the cent."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.unit.partners.plaid.wire import WEBHOOK, answered, client_of
from trading.brokerage.banks import LinkedAccount
from trading.platform.errors import Unavailable

FILTERS = {"depository": {"account_subtypes": ["checking", "savings"]}}
CHECKING = {
    "account_id": "account-1",
    "balances": {
        "available": 100,
        "current": 110.29,
        "iso_currency_code": "USD",
        "limit": None,
        "unofficial_currency_code": None,
    },
    "mask": "0000",
    "name": "Everyday",
    "official_name": "Everyday Checking at No Interest",
    "subtype": "checking",
    "type": "depository",
}
SAVINGS = {**CHECKING, "account_id": "account-2", "mask": None, "official_name": None}
SAVINGS["balances"] = {**CHECKING["balances"], "available": None, "current": None}  # type: ignore[dict-item]


def test_a_new_link_asks_for_checking_and_savings_accounts() -> None:
    wire = answered({"link_token": "link-1", "expiration": "2023-03-14T04:00:00.5Z", "request_id": "r"})
    made = client_of(wire).link_token("ada", redirect_uri="https://app.example.com/plaid", access_token=None)

    assert (made.token, made.expiration) == ("link-1", datetime(2023, 3, 14, 4, 0, 0, 500_000, tzinfo=UTC))
    path, body, _ = wire.sent[0]
    assert path == "/link/token/create"
    assert body == {
        "client_name": "Tiller",
        "country_codes": ["US"],
        "language": "en",
        "redirect_uri": "https://app.example.com/plaid",
        "webhook": WEBHOOK,
        "user": {"client_user_id": "ada"},
        "products": ["auth"],
        "account_filters": FILTERS,
    }


def test_a_renewed_link_names_its_access_token_and_no_products() -> None:
    wire = answered({"link_token": "link-1", "expiration": "2023-03-14T04:00:00Z"})
    client_of(wire).link_token("ada", redirect_uri=None, access_token="access-1")

    assert wire.sent[0][1] == {
        "client_name": "Tiller",
        "country_codes": ["US"],
        "language": "en",
        "webhook": WEBHOOK,
        "user": {"client_user_id": "ada"},
        "access_token": "access-1",
        "account_filters": FILTERS,
    }


def test_an_exchange_returns_token_and_item() -> None:
    wire = answered({"access_token": "access-1", "item_id": "item-1", "request_id": "r"})

    assert client_of(wire).exchange("public-1") == ("access-1", "item-1")
    assert wire.sent[0][:2] == ("/item/public_token/exchange", {"public_token": "public-1"})


def test_balances_are_asked_for_with_a_day_to_the_second_in_utc() -> None:
    wire = answered({"accounts": [CHECKING], "item": {"item_id": "item-1"}, "request_id": "r"})
    since = datetime(2023, 3, 13, 20, 0, 0, 999_999, tzinfo=timezone(-timedelta(hours=4)))
    client_of(wire).balances("access-1", ["account-1"], fresh_since=since)

    options = {"account_ids": ["account-1"], "min_last_updated_datetime": "2023-03-14T00:00:00Z"}
    assert wire.sent[0][:2] == ("/accounts/balance/get", {"access_token": "access-1", "options": options})


def test_accounts_are_read_with_or_without_what_banks_may_omit() -> None:
    wire = answered({"accounts": [CHECKING, SAVINGS], "item": {"item_id": "item-1"}, "request_id": "r"})

    assert client_of(wire).accounts("access-1") == (
        LinkedAccount("account-1", "Everyday", "Everyday Checking at No Interest", "0000", 10_000, 11_029, "USD"),
        LinkedAccount("account-2", "Everyday", None, None, None, None, "USD"),
    )


def test_the_broker_gets_a_token_of_its_own() -> None:
    wire = answered({"processor_token": "processor-1", "request_id": "r"})

    assert client_of(wire).processor_token("access-1", "account-1") == "processor-1"
    body = {"access_token": "access-1", "account_id": "account-1", "processor": "drivewealth"}
    assert wire.sent[0][:2] == ("/processor/token/create", body)


def test_the_bank_of_a_link_is_looked_up_in_two_steps() -> None:
    wire = answered({"item": {"institution_id": "ins_1"}}, {"institution": {"name": "First Platypus Bank"}})

    assert client_of(wire).institution("access-1").name == "First Platypus Bank"
    assert [(path, body) for path, body, _ in wire.sent] == [
        ("/item/get", {"access_token": "access-1"}),
        ("/institutions/get_by_id", {"institution_id": "ins_1", "country_codes": ["US"]}),
    ]


def test_keys_that_rotate_are_used_at_once() -> None:
    wire = answered({"accounts": []})
    client = client_of(wire)
    client.accounts("access-1")
    wire.keys = {"client_id": "client", "secret": "rotated"}
    client.accounts("access-1")

    assert [headers["PLAID-SECRET"] for _, _, headers in wire.sent] == ["secret", "rotated"]
    assert wire.sent[0][2]["PLAID-CLIENT-ID"] == "client"


def test_every_whole_cent_survives() -> None:
    raw = json.dumps([{**CHECKING, "balances": {"current": cents / 100}} for cents in range(1, 100_001)]).encode()
    accounts = client_of(answered(b'{"accounts": ' + raw + b"}")).accounts("access-1")

    assert [account.current_cents for account in accounts] == list(range(1, 100_001))


@pytest.mark.parametrize(
    ("amount", "cents"),
    [(b"0.125", 12), (b"0.135", 14), (b"-3.1", -310), (b"1e3", 100_000), (b"0", 0), (b"null", None)],
)
def test_amounts_are_rounded_half_even(amount: bytes, cents: int | None) -> None:
    raw = json.dumps({"accounts": [{**CHECKING, "balances": {"current": "?"}}]}).encode().replace(b'"?"', amount)

    assert client_of(answered(raw)).accounts("access-1")[0].current_cents == cents


@pytest.mark.parametrize("amount", [b"NaN", b"Infinity", b"1e400", b"true", b'"12.00"', b"[]", b"9" * 5000])
def test_an_amount_that_is_none_makes_the_answer_unreadable(amount: bytes) -> None:
    raw = json.dumps({"accounts": [{**CHECKING, "balances": {"current": "?"}}]}).encode().replace(b'"?"', amount)

    with pytest.raises(Unavailable):
        client_of(answered(raw)).accounts("access-1")


@pytest.mark.parametrize("account", [None, {}, {**CHECKING, "account_id": None}, {**CHECKING, "name": 7}, "account"])
def test_an_account_that_is_none_makes_the_answer_unreadable(account: object) -> None:
    with pytest.raises(Unavailable):
        client_of(answered({"accounts": [account]})).accounts("access-1")
