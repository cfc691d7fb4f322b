"""Webhooks: signed as the SDK checks it, delivered late, twice, in disorder, or not at all."""

import json
import time
from datetime import UTC, datetime

import httpx
import pytest
import stripe

from sandbox.partners.stripe.journal import ENABLED
from sandbox.partners.stripe.simulator import StripeSimulator
from sandbox.partners.stripe.state import Event
from sandbox.partners.stripe.webhooks import HEADER, HttpSender, signature
from tests.support.stripe_side import WEBHOOK_SECRET
from tests.unit.sandbox.partners.stripe.harness import Harness

EVENT = Event("evt_1", datetime(2013, 2, 19, tzinfo=UTC), "customer.created", {"object": "customer"})


class Endpoint:
    """Takes webhooks, or not."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.taken = list(statuses), list[str]()

    def post(self, url: str, *, content: bytes, headers: dict[str, str], timeout: float) -> httpx.Response:
        assert url == "http://localhost:8080/webhooks/stripe"
        assert timeout > 0
        event = stripe.Webhook.construct_event(content, headers[HEADER], WEBHOOK_SECRET)
        self.taken.append(event.type)
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200)


def sending_to(harness: Harness, endpoint: Endpoint) -> StripeSimulator:
    """Have webhooks sent."""
    harness.stripe.sender = HttpSender("http://localhost:8080", lambda: WEBHOOK_SECRET, endpoint.post)
    return harness.stripe


def test_the_sdk_accepts_what_is_delivered(harness: Harness) -> None:
    harness.charge(*harness.card())

    for webhook in harness.webhooks():
        event = stripe.Webhook.construct_event(webhook.body, webhook.signature, WEBHOOK_SECRET)
        assert (event.id, event.type) == (webhook.event_id, webhook.kind)
        assert harness.sdk.events.retrieve(event.id).type == event.type


def test_a_signature_is_that_of_the_sdk_and_counts_wall_time() -> None:
    body = json.dumps({"a": "é"}).encode()

    header = signature(body, "whsec_x", 1_361_286_000.9)
    now = signature(body, "whsec_x")

    expected = stripe.WebhookSignature.generate_signature_header(body.decode(), "whsec_x", 1_361_286_000)
    assert header == expected
    assert abs(int(now.partition(",")[0].removeprefix("t=")) - time.time()) < 5


def test_another_secret_is_not_accepted(harness: Harness) -> None:
    harness.customer()
    (webhook,) = harness.webhooks()

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(webhook.body, webhook.signature, "whsec_other")


def test_an_event_names_the_request_that_led_to_it(harness: Harness) -> None:
    made = harness.sdk.customers.create({}, {"idempotency_key": "customer-7"})

    (webhook,) = harness.webhooks()

    request = json.loads(webhook.body)["request"]
    assert request == {"id": made.last_response.request_id, "idempotency_key": "customer-7"}


def test_only_what_was_asked_for_is_delivered(harness: Harness) -> None:
    harness.sdk.refunds.create({"payment_intent": harness.charge(*harness.card()).id})

    happened = {event.kind for event in harness.stripe.state.events.values()}
    assert {"setup_intent.created", "refund.created"} <= happened
    assert set(harness.kinds()) == happened & ENABLED


def test_what_is_not_taken_comes_twice_more_an_hour_apart(harness: Harness) -> None:
    endpoint = Endpoint(500, 404, 400)
    sending_to(harness, endpoint).deliver()
    harness.customer()

    harness.stripe.deliver()
    harness.pass_by(minutes=59)
    assert len(endpoint.taken) == 1
    harness.pass_by(minutes=1)
    assert len(endpoint.taken) == 2
    harness.pass_by(days=3)

    assert endpoint.taken == ["customer.created"] * 3
    assert harness.stripe.state.waiting == []


def test_what_is_taken_at_last_comes_no_more(harness: Harness) -> None:
    endpoint = Endpoint(500)
    sending_to(harness, endpoint)
    harness.customer()

    harness.pass_by(days=3)

    assert len(endpoint.taken) == 2


def test_who_cannot_be_reached_took_nothing() -> None:
    def unreachable(*_: object, **__: object) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    def no_secret() -> str:
        raise KeyError("webhook_secret")

    assert not HttpSender("http://localhost:8080", lambda: WEBHOOK_SECRET, unreachable).send(EVENT)
    assert not HttpSender("http://localhost:8080", no_secret, Endpoint().post).send(EVENT)


def test_what_is_held_back_is_delivered_when_it_is_let_go(harness: Harness) -> None:
    harness.stripe.state.is_holding = True
    harness.customer()
    harness.pass_by(days=1)
    held = harness.kinds()

    harness.stripe.state.is_holding = False

    assert held == []
    assert harness.kinds() == ["customer.created"]


def test_everything_is_delivered_again_in_disorder(harness: Harness) -> None:
    harness.charge(*harness.card())
    first = [webhook.event_id for webhook in harness.webhooks()]
    harness.webhooks().clear()

    assert harness.stripe.journal.replay(2, shuffle=True) == 2 * len(first)

    again = [webhook.event_id for webhook in harness.webhooks()]
    assert sorted(again) == sorted(first * 2)
    assert again != first * 2


def test_a_type_that_nobody_knows_is_delivered_when_asked_for(harness: Harness) -> None:
    harness.stripe.journal.deliver_unasked("radar.early_fraud_warning.created")
    harness.stripe.journal.deliver_unasked("customer.created")

    assert harness.kinds() == ["radar.early_fraud_warning.created", "customer.created"]


def test_what_waits_outlives_the_process(harness: Harness) -> None:
    harness.customer()
    harness.stripe.flush()

    harness.restart()

    assert harness.kinds() == ["customer.created"]


def test_a_long_list_is_written_more_seldom_and_caught_up_with(harness: Harness) -> None:
    for _ in range(20):
        harness.customer()

    harness.stripe.deliver()
    harness.restart()

    assert len(harness.stripe.state.customers) == 20
