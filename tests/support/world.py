"""Tiller in one process: the real handlers over an in-process AWS, the simulated partners on loopback.

Routes are called as API Gateway calls them, queues are worked off as Lambda does, and partners are
reached over HTTP by the real clients. Every AWS call is held against the rights of its function.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from starlette.applications import Starlette

from infra.catalogue import FUNCTIONS, Function, consumers
from sandbox.faults import Fault, Faults
from sandbox.partners.drivewealth.api import DriveWealthApi
from sandbox.partners.drivewealth.managed.quotes import latest_price
from sandbox.partners.drivewealth.simulator import DriveWealthSimulator
from sandbox.partners.firebase.account import service_account
from sandbox.partners.firebase.api import MOUNTED_AT as FIREBASE
from sandbox.partners.firebase.api import FirebaseApi
from sandbox.partners.firebase.simulator import FirebaseSimulator
from sandbox.partners.market_data.api import MOUNTED_AT as MARKET_DATA
from sandbox.partners.market_data.api import MarketDataApi
from sandbox.partners.market_data.simulator import MarketSimulator
from sandbox.partners.plaid.api import PlaidApi
from sandbox.partners.plaid.simulator import ORDINARY, PlaidSimulator
from sandbox.partners.plaid.webhooks import WebhookSigner
from sandbox.partners.stripe.api import StripeApi
from sandbox.partners.stripe.simulator import StripeSimulator
from sandbox.partners.stripe.webhooks import Webhook
from sandbox.people import FORM
from sandbox.timekeeper import Timekeeper
from tests.support import rights
from tests.support.absent_partners import AbsentPartners
from tests.support.calls import Answer, call, handler_of
from tests.support.direct_dynamodb import put_parameter
from tests.support.serving import serving
from tests.support.stripe_side import WEBHOOK_SECRET, collected, new_stripe, take_webhooks
from tests.support.workers import Invocation, Workers, create_queues, forget, received, send
from trading.automation.day_trading import wiring as day_trading
from trading.markets.wiring import market_data
from trading.partners.drivewealth import transport
from trading.partners.drivewealth import wiring as broker_client
from trading.partners.firebase.client import firebase
from trading.partners.plaid.client import plaid
from trading.partners.plaid.webhooks import plaid_webhooks
from trading.partners.stripe.client import card_processor
from trading.partners.stripe.webhooks import stripe_webhooks
from trading.platform import aws as aws_clients
from trading.platform import secrets
from trading.platform.clock import VirtualTime
from trading.platform.deferrals import waiting
from trading.platform.settings import settings

START = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
PARAMETER = "/tiller/test/clock"
ROUNDS = 20
BANK_CENTS = 10_000_000


@dataclass
class World:
    """A small sandbox without an emulator."""

    plaid: PlaidSimulator
    signer: WebhookSigner
    broker: DriveWealthSimulator
    faults: Faults
    events: list[str]
    market: MarketSimulator
    stripe: StripeSimulator
    firebase: FirebaseSimulator
    partners: AbsentPartners
    now: datetime = START
    workers: Workers = field(default_factory=Workers)

    @property
    def failures(self) -> list[str]:
        """Return the bodies of what failed, once for each time."""
        return self.workers.failures

    @property
    def webhooks(self) -> list[Webhook]:
        """Return what Stripe sent and nobody took yet, for a test to lose, repeat or disorder."""
        return collected(self.stripe)

    def call(self, name: str, uid: str = "ada", **more: Any) -> Answer:
        """Call a route in somebody's name."""
        with rights.only_granted(_row(name)):
            return call(name, caller=uid, **more)

    def pass_by(self, **span: int) -> None:
        """Let time pass, with what partners do by themselves."""
        self.pass_to(self.now + timedelta(**span))

    def pass_to(self, until: datetime) -> None:
        """Let time pass up to a moment; see `pass_by`."""
        while (coming := self.next_at()) is not None and coming <= until:
            self._set_time(max(coming, self.now))
            self.broker.advance(coming)
            self.stripe.advance(coming)
            self.work_off()
        self._set_time(until)

    def next_at(self) -> datetime | None:
        """Return when a partner does something by itself next."""
        return min(filter(None, (self.broker.next_at(), self.stripe.next_at())), default=None)

    def resolve(self) -> None:
        """Run the resolver, with what it hands on."""
        self.fire("resolve_unknown")
        self.work_off()

    def fire(self, name: str, *, again: bool = True) -> Any:
        """Run a scheduled function for the present moment, even if it ran for that already unless not `again`."""
        with rights.only_granted(_row(name)):
            event = {"scheduled_at": self.now.isoformat(), "again": again}
            return handler_of(name).lambda_handler(event, Invocation.of(_row(name)))

    def resend(self) -> int:
        """Send everything again that waits for a partner, whenever it is due, and work it off; return how much."""
        _, last = waiting()
        with rights.only_granted(_row("resend_deferred")):
            event = {"scheduled_at": (last or self.now).isoformat(), "again": True}
            sent = handler_of("resend_deferred").lambda_handler(event, Invocation.of(_row("resend_deferred")))["sent"]
        self.work_off()
        return int(sent)

    def work_off(self) -> None:
        """Work every queue off, until nothing is left that does not fail."""
        self.workers.offer_again()
        for _ in range(ROUNDS):
            while self.events:
                send("broker-events", self.events.pop(0))
            if not take_webhooks(self.stripe, self.failures) + sum(
                self.workers.work_off(row) for row, _ in consumers()
            ):
                return

    def put(self, queue: str, text: str) -> None:
        """Put a message on a queue."""
        send(queue, text)

    def dead_letters(self, queue: str) -> list[str]:
        """Return what was parked in a queue's dead-letter queue."""
        parked = received(f"{queue}-dlq")
        for message in parked:
            forget(f"{queue}-dlq", message)
        return [message["Body"] for message in parked]

    def submit(self, uid: str = "ada", **changes: Any) -> None:
        """Fill in the form and submit it."""
        assert self.call("update_kyc_form", uid, body={**FORM, **changes}).status == 200
        assert self.call("submit_kyc", uid).status == 202
        self.work_off()

    def sign_in(self, institution: str = ORDINARY, cents: int | None = BANK_CENTS) -> str:
        """Sign in at a bank; return the public token."""
        return self.plaid.sign_in(institution, [{"name": "Checking", "mask": "0000", "balance_cents": cents}])

    def link(self, uid: str = "ada", **more: Any) -> dict[str, Any]:
        """Link a bank; return the answer."""
        answer = self.call("exchange_bank_link", uid, body={"public_token": self.sign_in(**more)})
        assert answer.status == 201, answer.body
        linked: dict[str, Any] = answer.body
        return linked

    def add_account(self, link: dict[str, Any], uid: str = "ada") -> Answer:
        """Make the first account behind a link a funding account."""
        body = {
            "bank_link_id": link["bank_link_id"],
            "account_id": link["accounts"][0]["account_id"],
            "account_name": "Mine",
        }
        return self.call("add_funding_account", uid, body=body)

    def onboard(self, uid: str = "ada", **more: Any) -> str:
        """Become an approved person with an open account and a linked bank; return the funding account's id."""
        self.submit(uid)
        self.pass_by(minutes=2)
        answer = self.add_account(self.link(uid, **more), uid)
        assert answer.status == 201, answer.body
        return str(answer.body["funding_account_id"])

    def move(self, what: str, cents: int, bank: str, *, key: str, uid: str = "ada") -> Answer:
        """Ask for a deposit or a withdrawal."""
        return self.call(f"create_{what}", uid, body={"amount_cents": cents, "funding_account_id": bank}, key=key)

    def fail(self, partner: str, operation: str, fault: Fault, times: int = 1) -> None:
        """Have a partner's next calls fail."""
        self.faults.add(partner, operation, fault, times)

    def _set_time(self, moment: datetime) -> None:
        self.now = moment
        put_parameter(PARAMETER, VirtualTime(moment).to_json())


@contextmanager
def new_world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a test a world, in an AWS that its fixture made."""
    plaid, signer, faults = PlaidSimulator.in_folder(folder), WebhookSigner.in_folder(folder), Faults()
    clock: list[World] = []
    events: list[str] = []
    market = MarketSimulator.in_folder(folder / "market")
    broker = DriveWealthSimulator.in_folder(
        folder,
        afresh=False,
        now=lambda: clock[0].now,
        emit=events.append,
        knows_token=plaid.knows_processor_token,
        price=lambda symbol: latest_price(market, symbol, clock[0].now),
    )
    stripe = new_stripe(folder, lambda: clock[0].now)
    firebase = FirebaseSimulator.in_folder(folder / "firebase", now=lambda: clock[0].now)
    partners = AbsentPartners.installed(monkeypatch)
    world = World(plaid, signer, broker, faults, events, market, stripe, firebase, partners)
    clock.append(world)
    routes = [
        *PlaidApi(plaid, signer, faults).routes(),
        *DriveWealthApi(broker, faults).routes(),
        *StripeApi(stripe, faults).routes(),
        *FirebaseApi(firebase, faults).routes(),
        *MarketDataApi(market, cast(Timekeeper, SimpleNamespace(now=lambda: clock[0].now)), faults).routes(),
    ]
    # Tries follow each other at once: nobody else's requests are spared, and a broker is away for whole days.
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0)
    with serving(Starlette(routes=routes)) as url:
        _furnish(monkeypatch, url)
        world._set_time(START)
        _forget()
        yield world
    _forget()


def _furnish(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    vault = boto3.client("secretsmanager")
    for key, name in (("KMS_KEY_TAX_IDS", "tax-ids"), ("KMS_KEY_TOKENS", "tokens")):
        rights.ALIASES[settings().keys[key.removeprefix("KMS_KEY_")]] = name
    broker_keys = ("username", "password", "app_key", "wlp_id", "parent_ib_id", "ria_user_id", "ria_product_id")
    keys = {
        "drivewealth": {**dict.fromkeys(broker_keys, "x"), "app_type_id": "4"},
        "plaid": {"client_id": "x", "secret": "x"},
        "stripe": {"secret_key": "x", "webhook_secret": WEBHOOK_SECRET},
        "firebase": {"service_account": service_account(f"{url}{FIREBASE}")},
        "market-data": {"key_id": "x", "secret_key": "x"},
    }
    for name, fields in keys.items():
        vault.create_secret(Name=name, SecretString=json.dumps(fields))
    variables = {
        "DRIVEWEALTH_URL": f"{url}/sandbox/partners/drivewealth",
        "DRIVEWEALTH_SECRET": "drivewealth",
        "PLAID_URL": f"{url}/sandbox/partners/plaid",
        "PLAID_SECRET": "plaid",
        "STRIPE_URL": f"{url}/sandbox/partners/stripe",
        "STRIPE_SECRET": "stripe",
        "FIREBASE_URL": f"{url}{FIREBASE}",
        "FIREBASE_SECRET": "firebase",
        "MARKET_DATA_URL": f"{url}{MARKET_DATA}",
        "MARKET_DATA_SECRET": "market-data",
        "MARKET_DATA_EXCHANGES": "NASDAQ,NYSE",
        "PLAID_WEBHOOK_URL": "https://api.example.com/webhooks/plaid",
        "REDIRECT_HOSTS": "app.example.com",
        "CLOCK_PARAMETER": PARAMETER,
        "SETTLED_BUSINESS_DAYS": "0",
        "LINKED_DAYS": "0",
    }
    for name, value in (variables | create_queues()).items():
        monkeypatch.setenv(name, value)


def _forget() -> None:
    """Drop what the process keeps: settings, secrets, clients, what is registered."""
    settings.cache_clear()
    secrets._kept.clear()
    broker_client.drivewealth.cache_clear()
    broker_client.quick_drivewealth.cache_clear()
    plaid.cache_clear()
    plaid_webhooks.cache_clear()
    card_processor.cache_clear()
    firebase.cache_clear()
    market_data.cache_clear()
    stripe_webhooks.cache_clear()
    aws_clients.signing_s3.cache_clear()
    day_trading._index.cache_clear()
    day_trading._rankings.cache_clear()


def _row(name: str) -> Function:
    return next(function for function in FUNCTIONS if function.name == name)
