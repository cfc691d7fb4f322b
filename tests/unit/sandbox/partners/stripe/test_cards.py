"""Each test card takes its course when it is charged, as the real SDK sees it."""

import pytest
import stripe

from sandbox.partners.stripe.cards import LAST4, Card
from sandbox.partners.stripe.errors import AlreadyDoneError
from tests.unit.sandbox.partners.stripe.harness import Harness


def refusal(harness: Harness, card: Card) -> tuple[stripe.CardError, str]:
    """Charge a card that is refused; return the error and the payment's id."""
    customer_id, method_id = harness.card(card)
    with pytest.raises(stripe.CardError) as caught:
        harness.charge(customer_id, method_id)
    (intent_id,) = harness.stripe.state.intents
    return caught.value, intent_id


def test_a_good_card_is_charged_at_once(harness: Harness) -> None:
    customer_id, method_id = harness.card()

    intent = harness.charge(customer_id, method_id)

    assert (intent.status, intent.amount_received, intent.payment_method) == ("succeeded", 822, method_id)
    assert intent.metadata["invoice_id"] == "inv-1"
    assert harness.kinds()[-3:] == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        (Card.DECLINE, "card_declined", "generic_decline"),
        (Card.INSUFFICIENT_FUNDS, "card_declined", "insufficient_funds"),
        (Card.EXPIRED, "expired_card", "expired_card"),
        (Card.AUTHENTICATION_REQUIRED, "authentication_required", "authentication_required"),
    ],
)
def test_a_card_is_refused_with_its_code_and_the_payment_stays(
    harness: Harness, card: Card, code: str, decline_code: str
) -> None:
    error, intent_id = refusal(harness, card)

    assert error.error is not None
    refused = error.error
    assert (error.http_status, error.code, refused.decline_code) == (402, code, decline_code)
    assert refused.payment_intent is not None
    assert (refused.payment_intent.id, refused.payment_intent.status) == (intent_id, "requires_payment_method")
    kept = harness.sdk.payment_intents.retrieve(intent_id)
    assert (kept.status, kept.payment_method, kept.last_payment_error.code) == ("requires_payment_method", None, code)
    assert harness.kinds()[-2:] == ["payment_intent.created", "payment_intent.payment_failed"]


def test_the_person_finishes_the_same_payment(harness: Harness) -> None:
    _, intent_id = refusal(harness, Card.AUTHENTICATION_REQUIRED)
    intent = harness.stripe.state.intents[intent_id]

    harness.stripe.payments.authenticate(intent, succeed=False)
    failed = harness.sdk.payment_intents.retrieve(intent_id)
    harness.stripe.payments.authenticate(intent, succeed=True)

    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert harness.sdk.payment_intents.retrieve(intent_id).status == "succeeded"
    assert harness.kinds()[-3:] == ["payment_intent.payment_failed", "charge.succeeded", "payment_intent.succeeded"]
    with pytest.raises(AlreadyDoneError):
        harness.stripe.payments.authenticate(intent, succeed=True)


def test_on_session_the_person_is_asked(harness: Harness) -> None:
    customer_id, method_id = harness.card(Card.AUTHENTICATION_REQUIRED)

    intent = harness.charge(customer_id, method_id, off_session=False)

    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert harness.kinds()[-1] == "payment_intent.requires_action"


def test_a_refused_payment_is_confirmed_with_another_card(harness: Harness) -> None:
    error, intent_id = refusal(harness, Card.DECLINE)
    customer_id = harness.stripe.state.intents[intent_id].customer_id
    assert customer_id is not None
    other = harness.complete(harness.session(customer_id).id)

    intent = harness.sdk.payment_intents.confirm(intent_id, {"payment_method": other, "off_session": True})

    assert error.code == "card_declined"
    assert (intent.id, intent.status, intent.last_payment_error) == (intent_id, "succeeded", None)


def test_processing_ends_well_a_day_later(harness: Harness) -> None:
    intent = harness.charge(*harness.card(Card.PROCESSING))
    harness.pass_by(hours=23)
    before = harness.sdk.payment_intents.retrieve(intent.id)
    harness.pass_by(hours=1)

    assert (intent.status, before.status) == ("processing", "processing")
    assert harness.sdk.payment_intents.retrieve(intent.id).status == "succeeded"
    assert [kind for kind in harness.kinds() if kind.startswith("payment_intent")] == [
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.succeeded",
    ]


def test_a_charge_is_disputed_two_days_later(harness: Harness) -> None:
    intent = harness.charge(*harness.card(Card.DISPUTE))
    harness.pass_by(days=2)

    assert harness.kinds()[-1] == "charge.dispute.created"
    charge = harness.sdk.charges.retrieve(intent.latest_charge)
    assert (intent.status, charge.disputed) == ("succeeded", True)
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        harness.sdk.refunds.create({"payment_intent": intent.id})


@pytest.mark.parametrize("card", list(Card))
def test_cards_are_known_by_their_last_four(harness: Harness, card: Card) -> None:
    _, method_id = harness.card(card)

    method = harness.sdk.payment_methods.retrieve(method_id)

    assert (method.type, method.card.brand, method.card.last4) == ("card", "visa", LAST4[card])


def test_a_detached_card_is_charged_no_more(harness: Harness) -> None:
    customer_id, method_id = harness.card()
    harness.sdk.payment_methods.detach(method_id)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        harness.charge(customer_id, method_id)

    assert caught.value.code == "payment_method_unexpected_state"
    assert harness.stripe.state.intents == {}
    assert harness.kinds()[-1] == "payment_method.detached"


def test_a_card_that_expires_later_is_refused(harness: Harness) -> None:
    customer_id, method_id = harness.card()
    harness.stripe.customers.expire(harness.stripe.state.payment_methods[method_id])

    with pytest.raises(stripe.CardError) as caught:
        harness.charge(customer_id, method_id)

    assert caught.value.code == "expired_card"
    card = harness.sdk.payment_methods.retrieve(method_id).card
    assert (card.exp_month, card.exp_year) == (1, 2013)


def test_a_payment_that_is_done_is_neither_confirmed_nor_canceled(harness: Harness) -> None:
    customer_id, method_id = harness.card()
    intent = harness.charge(customer_id, method_id)

    for act in (harness.sdk.payment_intents.confirm, harness.sdk.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            act(intent.id)
        assert caught.value.code == "payment_intent_unexpected_state"


def test_a_payment_that_waits_can_be_canceled(harness: Harness) -> None:
    _, intent_id = refusal(harness, Card.DECLINE)

    canceled = harness.sdk.payment_intents.cancel(intent_id, {"cancellation_reason": "abandoned"})

    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert harness.kinds()[-1] == "payment_intent.canceled"


def test_fifty_cents_are_the_least(harness: Harness) -> None:
    customer_id, method_id = harness.card()

    with pytest.raises(stripe.InvalidRequestError) as caught:
        harness.charge(customer_id, method_id, amount=49)

    assert (caught.value.code, caught.value.param) == ("amount_too_small", "amount")
    assert harness.charge(customer_id, method_id, amount=50).status == "succeeded"
