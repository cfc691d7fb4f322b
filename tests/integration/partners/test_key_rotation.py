"""Keys of partners: whichever client a process keeps, a new key is used within five minutes."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.partners.firebase.account import service_account
from tests.support.serving import serving
from trading.markets import wiring as markets
from trading.markets.models import Exchange
from trading.partners.drivewealth import wiring as drivewealth
from trading.partners.firebase.client import firebase
from trading.partners.plaid.client import plaid
from trading.partners.stripe.client import card_processor
from trading.partners.stripe.webhooks import stripe_webhooks
from trading.platform import cursors, secrets
from trading.platform.errors import InvalidRequest, TillerError
from trading.platform.secrets import KEPT_SECONDS
from trading.platform.settings import settings

pytestmark = pytest.mark.usefixtures("aws")

KEYS = ("username", "password", "app_key", "app_type_id", "wlp_id", "parent_ib_id", "ria_user_id", "ria_product_id")


@dataclass
class Rotation:
    """Everybody's partner in one server, which keeps the headers it saw; secrets that change; a wall clock."""

    url: str
    seen: list[Mapping[str, str]]
    now: float = 1_000.0
    made: set[str] = field(default_factory=set)

    def write(self, name: str, fields: Mapping[str, str] | str) -> None:
        """Write a secret."""
        text, vault = fields if isinstance(fields, str) else json.dumps(fields), boto3.client("secretsmanager")
        if name in self.made:
            vault.put_secret_value(SecretId=name, SecretString=text)
        else:
            vault.create_secret(Name=name, SecretString=text)
        self.made.add(name)

    def headers_of(self, call: Callable[[], object]) -> str:
        """Return what a call sent, whatever became of it."""
        self.seen.clear()
        with suppress(TillerError):  # the server answers nothing that anybody can read
            call()
        return str(self.seen)


@pytest.fixture
def rotation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rotation]:
    seen: list[Mapping[str, str]] = []

    async def answer(request: Request) -> Response:
        seen.append(dict(request.headers) | {"body": (await request.body()).decode()})
        if request.url.path == "/token":
            return JSONResponse({"access_token": f"access-{len(seen)}", "expires_in": 3600})
        return JSONResponse({"authToken": "session", "expiresAt": "2099-01-01T00:00:00.000Z"}, 200)

    caches: list[Any] = [
        plaid,
        card_processor,
        firebase,
        drivewealth.drivewealth,
        markets.market_data,
        stripe_webhooks,
    ]
    with serving(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as url:
        found = Rotation(url, seen)
        monkeypatch.setattr(secrets.time, "monotonic", lambda: found.now)
        for partner in ("PLAID", "STRIPE", "FIREBASE", "DRIVEWEALTH", "MARKET_DATA"):
            monkeypatch.setenv(f"{partner}_URL", url)
            monkeypatch.setenv(f"{partner}_SECRET", partner.lower())
        monkeypatch.setenv("CURSOR_SECRET", "cursors")
        secrets._kept.clear()
        for cache in (*caches, settings):
            cache.cache_clear()
        yield found
        secrets._kept.clear()
        for cache in (*caches, settings):
            cache.cache_clear()


def ask_plaid() -> object:
    return plaid().remove_item("access")


def ask_stripe() -> object:
    return card_processor().charge_of("pi_1")


def ask_broker() -> object:
    return drivewealth.drivewealth().user("user")


def ask_market() -> object:
    return markets.market_data().quotes(Exchange.NASDAQ, ["AAPL"])


ASKED: list[tuple[str, Callable[[str], Mapping[str, str]], Callable[[], object]]] = [
    ("plaid", lambda key: {"client_id": key, "secret": key}, ask_plaid),
    ("stripe", lambda key: {"secret_key": key}, ask_stripe),
    ("drivewealth", lambda key: dict.fromkeys(KEYS, "4") | {"app_key": key}, ask_broker),
    ("market_data", lambda key: {"key_id": key, "secret_key": key}, ask_market),
]


@pytest.mark.parametrize(("name", "fields", "ask"), ASKED, ids=[name for name, *_ in ASKED])
def test_a_new_key_is_used_within_five_minutes(
    rotation: Rotation, name: str, fields: Callable[[str], Mapping[str, str]], ask: Callable[[], object]
) -> None:
    rotation.write(name, fields("the-old-key"))
    assert "the-old-key" in rotation.headers_of(ask)
    rotation.write(name, fields("the-new-key"))

    rotation.now += KEPT_SECONDS + 1

    headers = rotation.headers_of(ask)
    assert "the-new-key" in headers
    assert "the-old-key" not in headers


def test_a_new_service_account_is_used_within_five_minutes(rotation: Rotation) -> None:
    def push() -> object:
        return firebase().push("token", "T", "B", data={}, badge=1)

    account = json.loads(service_account(rotation.url))
    rotation.write("firebase", {"service_account": json.dumps(account | {"token_uri": "http://127.0.0.1:9/"})})
    assert rotation.headers_of(push) == "[]"
    rotation.write("firebase", {"service_account": json.dumps(account)})

    rotation.now += KEPT_SECONDS + 1

    assert "Bearer access-1" in rotation.headers_of(push)


def test_a_new_webhook_secret_holds_within_five_minutes_and_the_old_one_no_more(rotation: Rotation) -> None:
    rotation.write("stripe", {"webhook_secret": "old"})
    event = {"id": "evt_1", "type": "t", "livemode": False, "data": {"object": {}}}
    raw, sent_at = json.dumps(event).encode(), int(time.time())

    def signed(secret: str) -> str:
        digest = hmac.new(secret.encode(), f"{sent_at}.".encode() + raw, hashlib.sha256).hexdigest()
        return f"t={sent_at},v1={digest}"

    stripe_webhooks().verify(raw, signed("old"))
    rotation.write("stripe", {"webhook_secret": "new"})
    rotation.now += KEPT_SECONDS + 1

    stripe_webhooks().verify(raw, signed("new"))
    with pytest.raises(InvalidRequest):
        stripe_webhooks().verify(raw, signed("old"))


def test_cursors_of_a_key_that_is_rotated_hold_until_it_is_retired(rotation: Rotation) -> None:
    rotation.write("cursors", {"key": "old"})
    cursor = cursors.encode("ada", "flows", 7)
    rotation.write("cursors", {"key": "new", "previous_key": "old"})
    rotation.now += KEPT_SECONDS + 1
    assert cursors.decode("ada", "flows", cursor) == 7
    assert cursors.encode("ada", "flows", 7) != cursor

    rotation.write("cursors", {"key": "new"})
    rotation.now += KEPT_SECONDS + 1

    with pytest.raises(InvalidRequest):
        cursors.decode("ada", "flows", cursor)


def test_cursors_of_a_key_that_is_replaced_hold_for_five_minutes_at_most(rotation: Rotation) -> None:
    rotation.write("cursors", {"key": "old"})
    cursor = cursors.encode("ada", "flows", 7)
    rotation.write("cursors", {"key": "new"})
    assert cursors.decode("ada", "flows", cursor) == 7

    rotation.now += KEPT_SECONDS + 1

    with pytest.raises(InvalidRequest):
        cursors.decode("ada", "flows", cursor)
