"""The simulated Plaid over HTTP: the shapes of its answers, field by field, and its faults."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from sandbox.faults import Fault, Faults
from sandbox.partners.plaid.api import MOUNTED_AT, PlaidApi
from sandbox.partners.plaid.simulator import LOCKED, ORDINARY, SILENT, PlaidSimulator
from sandbox.partners.plaid.webhooks import KEY_ID, WebhookSigner

KEYS = {"PLAID-CLIENT-ID": "client", "PLAID-SECRET": "secret"}
ACCOUNTS = [{"name": "Plaid Checking", "mask": "0000", "balance_cents": 11_029}]
ACCOUNT_FIELDS = {"account_id", "balances", "mask", "name", "official_name", "subtype", "type"}
ERROR_FIELDS = {"error_type", "error_code", "error_message", "display_message", "request_id"}


class Harness:
    """The simulator behind HTTP."""

    def __init__(self, folder: Path) -> None:
        self.plaid, self.faults = PlaidSimulator.in_folder(folder), Faults()
        routes = PlaidApi(self.plaid, WebhookSigner.in_folder(folder), self.faults).routes()
        self.transport = httpx.ASGITransport(Starlette(routes=routes))

    def send(self, path: str, raw: bytes, **headers: str) -> httpx.Response:
        async def sent() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.transport, base_url="http://plaid.example.com") as http:
                return await http.post(f"{MOUNTED_AT}/{path}", content=raw, headers=KEYS | headers)

        return asyncio.run(sent())

    def post(self, path: str, **body: Any) -> Any:
        answer = self.send(path, json.dumps(body).encode())
        assert answer.status_code == (400 if "error_code" in answer.json() else 200)
        return answer.json()

    def linked(self, institution: str = ORDINARY) -> str:
        return self.plaid.exchange(self.plaid.sign_in(institution, ACCOUNTS)).access_token


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def test_an_exchange_answers_with_token_and_item(harness: Harness) -> None:
    shown = harness.post("item/public_token/exchange", public_token=harness.plaid.sign_in(ORDINARY, ACCOUNTS))

    assert set(shown) == {"access_token", "item_id", "request_id"}
    assert shown["access_token"].startswith("access-sandbox-")


def test_accounts_have_the_fields_of_plaid(harness: Harness) -> None:
    shown = harness.post("accounts/get", access_token=harness.linked())
    (account,) = shown["accounts"]

    assert set(shown) == {"accounts", "item", "request_id"}
    assert set(shown["item"]) == {"item_id", "institution_id"}
    assert set(account) == ACCOUNT_FIELDS
    assert account["balances"] == {
        "available": 110.29,
        "current": 110.29,
        "iso_currency_code": "USD",
        "limit": None,
        "unofficial_currency_code": None,
    }
    assert (account["type"], account["subtype"], account["official_name"]) == ("depository", "checking", None)


def test_balances_come_in_the_shape_of_accounts_and_may_be_null(harness: Harness) -> None:
    shown = harness.post("accounts/balance/get", access_token=harness.linked(SILENT), options={})

    assert set(shown) == {"accounts", "item", "request_id"}
    assert set(shown["accounts"][0]) == ACCOUNT_FIELDS
    assert shown["accounts"][0]["balances"]["current"] is None


def test_a_refusal_has_the_fields_of_plaid(harness: Harness) -> None:
    shown = harness.post("accounts/balance/get", access_token=harness.linked(LOCKED))

    assert set(shown) == ERROR_FIELDS
    assert (shown["error_type"], shown["error_code"]) == ("ITEM_ERROR", "ITEM_LOGIN_REQUIRED")
    assert shown["error_message"] == "the login details of this item have changed"
    assert shown["display_message"] is None


def test_the_bank_of_a_link_is_found(harness: Harness) -> None:
    item = harness.post("item/get", access_token=harness.linked())["item"]
    shown = harness.post("institutions/get_by_id", institution_id=item["institution_id"], country_codes=["US"])

    assert shown["institution"]["name"] == ORDINARY


def test_a_link_token_is_for_the_product_or_for_a_link_that_is_there(harness: Harness) -> None:
    made = harness.post("link/token/create", products=["auth"])

    assert set(made) == {"link_token", "expiration", "request_id"}
    assert "link_token" in harness.post("link/token/create", access_token=harness.linked())
    assert harness.post("link/token/create")["error_code"] == "INVALID_PRODUCT"
    assert harness.post("link/token/create", access_token="made-up")["error_code"] == "INVALID_ACCESS_TOKEN"


def test_processor_tokens_are_for_one_processor(harness: Harness) -> None:
    token = harness.linked()
    account_id = harness.plaid.item_of(token).accounts[0].account_id
    shown = harness.post("processor/token/create", access_token=token, account_id=account_id, processor="drivewealth")

    assert set(shown) == {"processor_token", "request_id"}
    assert harness.plaid.knows_processor_token(shown["processor_token"])
    other = harness.post("processor/token/create", access_token=token, account_id=account_id, processor="another")
    assert other["error_code"] == "INVALID_FIELD"


def test_the_key_of_webhooks_is_found_by_its_id(harness: Harness) -> None:
    shown = harness.post("webhook_verification_key/get", key_id=KEY_ID)

    assert set(shown["key"]) >= {"alg", "crv", "kid", "kty", "use", "x", "y", "created_at", "expired_at"}
    assert "d" not in shown["key"]
    refused = harness.post("webhook_verification_key/get", key_id="made-up")
    assert refused["error_code"] == "INVALID_WEBHOOK_VERIFICATION_KEY_ID"


def test_who_has_no_keys_is_refused(harness: Harness) -> None:
    answer = harness.send("item/get", b"{}", **{"PLAID-SECRET": ""})

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_API_KEYS")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b'{"options": 7}', b'{"access_token": {}}'])
@pytest.mark.parametrize("path", ["item/get", "accounts/balance/get", "item/public_token/exchange", "item/remove"])
def test_whatever_is_sent_is_refused_as_plaid_would(harness: Harness, path: str, raw: bytes) -> None:
    answer = harness.send(path, raw)

    assert answer.status_code == 400
    assert set(answer.json()) == ERROR_FIELDS


@pytest.mark.parametrize(
    ("fault", "is_exchanged"),
    [(Fault.HTTP_500, False), (Fault.HTTP_429, False), (Fault.MALFORMED, True)],
)
def test_a_fault_loses_the_call_or_only_its_answer(harness: Harness, fault: Fault, is_exchanged: bool) -> None:
    public_token = harness.plaid.sign_in(ORDINARY, ACCOUNTS)
    harness.faults.add("plaid", "exchange", fault, 1)

    harness.send("item/public_token/exchange", json.dumps({"public_token": public_token}).encode())

    assert (next(iter(harness.plaid.items.values())).public_token == "") is is_exchanged


def test_a_star_is_any_operation(harness: Harness) -> None:
    raw = json.dumps({"access_token": harness.linked()}).encode()
    harness.faults.add("plaid", "*", Fault.HTTP_500, 2)

    assert [harness.send(path, raw).status_code for path in ("item/get", "accounts/get", "item/get")] == [500, 500, 200]
