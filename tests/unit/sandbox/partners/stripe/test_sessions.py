"""Checkout sessions: a page on which a card is entered, once, within a day."""

import json

import pytest
import stripe

from sandbox.partners.stripe.cards import Card
from sandbox.partners.stripe.errors import AlreadyDoneError
from tests.unit.sandbox.partners.stripe.bench import Bench

PARAMS = {"mode": "setup", "success_url": "https://app.example.com/done", "payment_method_types": ["card"]}


def test_a_session_is_open_and_has_an_address(bench: Bench) -> None:
    customer_id = bench.customer()

    session = bench.session(customer_id)

    assert session.id.startswith("cs_test_")
    assert (session.mode, session.status, session.payment_status) == ("setup", "open", "no_payment_required")
    assert (session.customer, session.client_reference_id, session.metadata["profile_id"]) == (customer_id, "7", "7")
    assert session.url.endswith(session.id)
    assert session.expires_at - session.created == 86_400


def test_completing_it_sets_a_card_up(bench: Bench) -> None:
    customer_id = bench.customer()
    session = bench.session(customer_id)

    made = bench.stripe.customers.complete(session.id, Card.OK)

    complete = bench.sdk.checkout.sessions.retrieve(session.id)
    setup = bench.sdk.setup_intents.retrieve(complete.setup_intent)
    assert made == {"payment_method": setup.payment_method, "setup_intent": setup.id}
    assert (complete.status, complete.url, setup.status) == ("complete", None, "succeeded")
    assert bench.sdk.payment_methods.retrieve(setup.payment_method).customer == customer_id
    assert bench.kinds() == [
        "customer.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
    ]


def test_what_is_told_of_it_is_what_stripe_tells(bench: Bench) -> None:
    customer_id = bench.customer()
    session = bench.session(customer_id)
    bench.complete(session.id)

    event = json.loads(bench.told()[-1].body)

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
    told = event["data"]["object"]
    assert told["object"] == "checkout.session"
    assert (told["id"], told["mode"], told["status"]) == (session.id, "setup", "complete")
    assert (told["customer"], told["setup_intent"]) == (customer_id, session.setup_intent)
    assert (told["payment_intent"], told["payment_status"]) == (None, "no_payment_required")
    assert event["created"] == int(bench.now.timestamp())
    assert event["request"] == {"id": None, "idempotency_key": None}


def test_it_is_completed_once(bench: Bench) -> None:
    session = bench.session(bench.customer())
    bench.complete(session.id)

    with pytest.raises(AlreadyDoneError):
        bench.complete(session.id)


def test_it_expires_after_a_day(bench: Bench) -> None:
    session = bench.session(bench.customer())
    done = bench.session(bench.customer())
    bench.complete(done.id)

    bench.pass_by(hours=23)
    assert bench.sdk.checkout.sessions.retrieve(session.id).status == "open"
    bench.pass_by(hours=1)

    assert bench.sdk.checkout.sessions.retrieve(session.id).status == "expired"
    assert bench.sdk.checkout.sessions.retrieve(done.id).status == "complete"
    assert bench.kinds().count("checkout.session.expired") == 1
    with pytest.raises(AlreadyDoneError):
        bench.complete(session.id)


def test_nobody_completes_what_is_not_there(bench: Bench) -> None:
    with pytest.raises(LookupError):
        bench.complete("cs_test_made_up")


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
def test_a_session_that_stripe_would_refuse_is_refused(bench: Bench, changes: dict[str, object], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        bench.sdk.checkout.sessions.create({**PARAMS, **changes})

    assert (caught.value.http_status, caught.value.param) == (400, param)


def test_a_currency_stands_for_the_kinds_of_payment(bench: Bench) -> None:
    session = bench.sdk.checkout.sessions.create({**PARAMS, "payment_method_types": None, "currency": "usd"})

    assert (session.currency, session.customer) == ("usd", None)
