"""The control plane's part for Plaid: sign-ins, balances, and webhooks that verify."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.requests import Request

from sandbox.partners.plaid.control import PlaidControl
from sandbox.partners.plaid.simulator import ORDINARY, PlaidSimulator
from sandbox.partners.plaid.state import Item
from sandbox.partners.plaid.webhooks import WebhookSigner
from tests.support.world import World
from trading.partners.plaid.webhooks import PlaidWebhookVerifier

SIGN_IN = {"accounts": [{"name": "Checking", "mask": "0000", "balance_cents": 500}]}


class Api:
    """Where webhooks go: verifies them as the API does, and keeps them."""

    def __init__(self, signer: WebhookSigner) -> None:
        self.verifier = PlaidWebhookVerifier(lambda _: signer.public_key())
        self.webhooks: list[Any] = []

    def post(self, url: str, *, content: bytes, headers: dict[str, str], timeout: float) -> httpx.Response:
        assert url == "http://localhost:8080/webhooks/plaid"
        assert timeout > 0
        self.webhooks.append(self.verifier.verify(content, headers["Plaid-Verification"]))
        return httpx.Response(200, json={"count": 1})


@pytest.fixture
def control(tmp_path: Path) -> PlaidControl:
    signer = WebhookSigner.in_folder(tmp_path)
    post = Api(signer).post
    return PlaidControl(PlaidSimulator.in_folder(tmp_path), signer, "http://localhost:8080", post)


def asked(**parameters: str) -> Request:
    return Request({"type": "http", "path_params": parameters})


def signed_in(control: PlaidControl, **body: Any) -> Item:
    public_token = control.sign_in(asked(), json.dumps({**SIGN_IN, **body}).encode())["public_token"]
    return control.simulator.exchange(public_token)


def webhooks(control: PlaidControl) -> list[Any]:
    api = control.post.__self__  # type: ignore[attr-defined]
    assert isinstance(api, Api)
    return api.webhooks


def test_a_sign_in_is_at_first_platypus_bank_unless_another_is_named(control: PlaidControl) -> None:
    item = signed_in(control)

    assert (item.institution, item.accounts[0].balance_cents) == (ORDINARY, 500)
    assert signed_in(control, institution="Tartan Bank").institution == "Tartan Bank"


def test_a_sign_in_may_renew_an_item(control: PlaidControl) -> None:
    item = signed_in(control)

    assert signed_in(control, item_id=item.item_id).item_id == item.item_id
    with pytest.raises(LookupError):
        signed_in(control, item_id="item-made-up")


def test_a_balance_is_set(control: PlaidControl) -> None:
    (account,) = signed_in(control).accounts

    assert control.balance(asked(account_id=account.account_id), b'{"balance_cents": -1}') == {"balance_cents": -1}
    assert account.balance_cents == -1
    with pytest.raises(LookupError):
        control.balance(asked(account_id="made-up"), b'{"balance_cents": 1}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"bank": "x"}',
        b'{"institution": ""}',
        b'{"accounts": [{"name": 7}]}',
        b'{"accounts": [{"name": "x", "mask": "0000", "balance_cents": 1.5}]}',
        b'{"accounts": [{"name": "x", "mask": "00 0", "balance_cents": 1}]}',
        b'{"balance_cents": 1e400}',
    ],
)
def test_what_is_no_request_is_refused(control: PlaidControl, body: bytes) -> None:
    with pytest.raises((ValidationError, ValueError)):
        control.balance(asked(account_id="a"), body)
    if body:
        with pytest.raises((ValidationError, ValueError)):
            control.sign_in(asked(), body)


def test_a_webhook_breaks_and_repairs_an_item_and_is_signed(control: PlaidControl) -> None:
    item = signed_in(control)

    sent = control.webhook(asked(item_id=item.item_id), b"")
    assert item.needs_login
    control.webhook(asked(item_id=item.item_id), b'{"webhook_code": "LOGIN_REPAIRED"}')

    assert sent == {"status": 200, "answer": {"count": 1}}
    assert not item.needs_login
    common = {"webhook_type": "ITEM", "item_id": item.item_id, "environment": "sandbox"}
    assert webhooks(control) == [
        {**common, "webhook_code": "ERROR", "error": {"error_code": "ITEM_LOGIN_REQUIRED"}},
        {**common, "webhook_code": "LOGIN_REPAIRED", "error": None},
    ]


@pytest.mark.parametrize("body", [b'{"webhook_code": "PENDING_EXPIRATION"}', b'{"error_code": "NO_ACCOUNTS"}'])
def test_a_webhook_of_another_kind_breaks_nothing(control: PlaidControl, body: bytes) -> None:
    item = signed_in(control)
    control.webhook(asked(item_id=item.item_id), body)

    assert not item.needs_login
    assert len(webhooks(control)) == 1


def test_a_link_stands_for_its_item(world: World) -> None:
    link = world.link()
    (item,) = world.plaid.items.values()
    control = PlaidControl(world.plaid, world.signer, "http://localhost:8080", Api(world.signer).post)

    control.webhook(asked(item_id=link["bank_link_id"]), b"")

    assert item.needs_login
    assert signed_in(control, bank_link_id=link["bank_link_id"]).item_id == item.item_id
    with pytest.raises(LookupError):
        control.webhook(asked(item_id="made-up"), b"")
