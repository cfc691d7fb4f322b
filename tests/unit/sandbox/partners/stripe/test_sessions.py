"""Checkout sessions: a page on which a card is entered, once, within a day."""

import json

import pytest
import stripe

from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.errors import AlreadyDoneError
from tests.unit.sandbox.partners.stripe.harness import Harness

PARAMS = {"mode": "setup", "success_url": "https://app.example.com/done", "payment_method_types": ["card"]}


def test_a_session_is_open_and_has_an_address(harness: Harness) -> None:
    customer_id = harness.customer()

    session = harness.session(customer_id)

    assert session.id.startswith("cs_test_")
    assert (session.mode, session.status, session.payment_status) == ("setup", "open", "no_payment_required")
    assert (session.customer, session.client_reference_id, session.metadata["profile_id"]) == (customer_id, "7", "7")
    assert session.url.endswith(session.id)
    assert session.expires_at - session.created == 86_400


def test_completing_it_sets_a_card_up(harness: Harness) -> None:
    customer_id = harness.customer()
    session = harness.session(customer_id)

    made = harness.stripe.customers.complete(session.id, Card.OK)

    complete = harness.sdk.checkout.sessions.retrieve(session.id)
    setup = harness.sdk.setup_intents.retrieve(complete.setup_intent)
    assert made == {"payment_method": setup.payment_method, "setup_intent": setup.id}
    assert (complete.status, complete.url, setup.status) == ("complete", None, "succeeded")
    assert harness.sdk.payment_methods.retrieve(setup.payment_method).customer == customer_id
    assert harness.kinds() == [
        "customer.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
    ]


def test_what_is_delivered_of_it_is_what_stripe_delivers(harness: Harness) -> None:
    customer_id = harness.customer()
    session = harness.session(customer_id)
    harness.complete(session.id)

    event = json.loads(harness.webhooks()[-1].body)

    assert set(event) == {
        "id",
        "object",
        "api_version",
        "created",
        "data",
        "livemode",
        "pending_webhooks",
        "request",
        "type",
    }
    completed = event["data"]["object"]
    assert completed["object"] == "checkout.session"
    assert (completed["id"], completed["mode"], completed["status"]) == (session.id, "setup", "complete")
    assert (completed["customer"], completed["setup_intent"]) == (customer_id, session.setup_intent)
    assert (completed["payment_intent"], completed["payment_status"]) == (None, "no_payment_required")
    assert event["created"] == int(harness.now.timestamp())
    assert event["request"] == {"id": None, "idempotency_key": None}


def test_it_is_completed_once(harness: Harness) -> None:
    session = harness.session(harness.customer())
    harness.complete(session.id)

    with pytest.raises(AlreadyDoneError):
        harness.complete(session.id)


def test_it_expires_after_a_day(harness: Harness) -> None:
    session = harness.session(harness.customer())
    done = harness.session(harness.customer())
    harness.complete(done.id)

    harness.pass_by(hours=23)
    assert harness.sdk.checkout.sessions.retrieve(session.id).status == "open"
    harness.pass_by(hours=1)

    assert harness.sdk.checkout.sessions.retrieve(session.id).status == "expired"
    assert harness.sdk.checkout.sessions.retrieve(done.id).status == "complete"
    assert harness.kinds().count("checkout.session.expired") == 1
    with pytest.raises(AlreadyDoneError):
        harness.complete(session.id)


def test_nobody_completes_what_is_not_there(harness: Harness) -> None:
    with pytest.raises(LookupError):
        harness.complete("cs_test_made_up")


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"mode": "payment"}, "mode"),
        ({"mode": None}, "mode"),
        ({"success_url": None}, "success_url"),
        ({"payment_method_types": None}, "currency"),
        ({"payment_method_types": ["card", "sepa_debit"]}, "payment_method_types"),
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "line_items"),
        ({"customer": "cus_made_up"}, "customer"),
        ({"metadata": {"k" * 41: "v"}}, "metadata"),
    ],
)
def test_a_session_that_stripe_would_refuse_is_refused(
    harness: Harness, changes: dict[str, object], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        harness.sdk.checkout.sessions.create({**PARAMS, **changes})

    assert (caught.value.http_status, caught.value.param) == (400, param)


def test_a_currency_stands_for_the_kinds_of_payment(harness: Harness) -> None:
    session = harness.sdk.checkout.sessions.create({**PARAMS, "payment_method_types": None, "currency": "usd"})

    assert (session.currency, session.customer) == ("usd", None)
