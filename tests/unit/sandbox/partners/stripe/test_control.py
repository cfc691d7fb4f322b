"""The control plane's part for Stripe, over HTTP."""

import pytest
import stripe

from sandbox.partners.stripe.cards import Card
from tests.unit.sandbox.partners.stripe.harness import Harness


def waiting_payment(harness: Harness) -> str:
    """Charge a card whose person has to confirm; return the payment's id."""
    with pytest.raises(stripe.CardError):
        harness.charge(*harness.card(Card.AUTHENTICATION_REQUIRED))
    return next(iter(harness.stripe.state.intents))


@pytest.mark.parametrize("card", list(Card))
def test_a_session_is_completed_with_a_card_and_delivered(harness: Harness, card: Card) -> None:
    session = harness.session(harness.customer())

    answer = harness.post(f"checkout-sessions/{session.id}/complete", card=card)

    method_id = answer.json()["payment_method"]
    assert (answer.status_code, answer.json()) == (
        200,
        {"payment_method": method_id, "setup_intent": session.setup_intent},
    )
    assert harness.stripe.state.payment_methods[method_id].card is card
    assert harness.kinds()[-1] == "checkout.session.completed"
    assert harness.queues.waited_for == [{"charges"}]


def test_a_second_completion_is_a_conflict(harness: Harness) -> None:
    session = harness.session(harness.customer())

    answers = [harness.post(f"checkout-sessions/{session.id}/complete") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "already_done"


def test_the_person_confirms(harness: Harness) -> None:
    path = f"payment-intents/{waiting_payment(harness)}/authenticate"

    failed, done, again = harness.post(path, succeed=False), harness.post(path), harness.post(path)

    assert [intent.status_code for intent in (failed, done, again)] == [200, 200, 409]
    assert [intent.json()["status"] for intent in (failed, done)] == ["requires_payment_method", "succeeded"]


@pytest.mark.parametrize(
    ("succeed", "status", "kind"),
    [(True, "succeeded", "succeeded"), (False, "requires_payment_method", "payment_failed")],
)
def test_processing_ends_as_asked_and_once(harness: Harness, succeed: bool, status: str, kind: str) -> None:
    intent = harness.charge(*harness.card(Card.PROCESSING))

    answer = harness.post(f"payment-intents/{intent.id}/settle", succeed=succeed)
    harness.pass_by(days=2)

    assert answer.json() == {"id": intent.id, "status": status}
    assert harness.kinds()[-1] == f"payment_intent.{kind}"
    assert harness.sdk.payment_intents.retrieve(intent.id).status == status
    assert harness.post(f"payment-intents/{intent.id}/settle").status_code == 409


def test_a_payment_is_disputed_and_that_decided(harness: Harness) -> None:
    path = f"payment-intents/{harness.charge(*harness.card()).id}/dispute"

    answers = [
        harness.post(path),
        harness.post(path),
        harness.post(path, status="lost"),
        harness.post(path, status="won"),
    ]

    assert [answer.status_code for answer in answers] == [200, 409, 200, 409]
    assert answers[2].json()["status"] == "lost"
    assert harness.kinds()[-3:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]


def test_a_payment_is_refunded_the_refund_fails_and_the_customer_goes(harness: Harness) -> None:
    customer_id, method_id = harness.card()
    path = f"payment-intents/{harness.charge(customer_id, method_id).id}/refund"

    made = harness.post(path, amount_cents=100)
    failed = [harness.post(f"refunds/{made.json()['id']}/fail") for _ in range(2)]
    gone = [harness.post(f"customers/{customer_id}/delete") for _ in range(2)]

    assert (made.json()["status"], [intent.status_code for intent in failed]) == ("succeeded", [200, 409])
    assert [intent.status_code for intent in gone] == [200, 404]
    assert harness.sdk.customers.retrieve(customer_id).deleted
    assert harness.kinds()[-2:] == ["payment_method.detached", "customer.deleted"]


def test_what_is_not_paid_is_not_disputed(harness: Harness) -> None:
    assert harness.post(f"payment-intents/{waiting_payment(harness)}/dispute").status_code == 409


def test_cards_are_detached_and_expire_at_stripes_side(harness: Harness) -> None:
    _, method_id = harness.card()

    expired = harness.post(f"payment-methods/{method_id}/expire")
    detached = [harness.post(f"payment-methods/{method_id}/detach") for _ in range(2)]

    assert expired.json() == {"id": method_id, "exp_month": 1, "exp_year": 2013}
    assert [method.json() for method in detached] == [{"id": method_id, "customer": None}] * 2
    assert harness.kinds()[-2:] == ["payment_method.updated", "payment_method.detached"]


def test_webhooks_are_held_let_go_and_repeated(harness: Harness) -> None:
    held = harness.post("webhooks", hold=True)
    harness.customer()
    assert harness.kinds() == []

    harness.post("webhooks", hold=False)
    again = harness.post("webhooks/replay", times=3)
    unknown = harness.post("webhooks", type="made.up")

    assert held.json() == {"holding": True, "waiting": 0}
    assert again.json() == {"deliveries": 3}
    assert unknown.status_code == 200
    assert harness.kinds() == ["customer.created"] * 4 + ["made.up"]


@pytest.mark.parametrize(
    "path",
    [
        "checkout-sessions/x/complete",
        "payment-intents/x/authenticate",
        "payment-intents/x/settle",
        "payment-intents/x/dispute",
        "payment-intents/x/refund",
        "refunds/x/fail",
        "customers/x/delete",
        "payment-methods/x/detach",
        "payment-methods/x/expire",
    ],
)
def test_what_is_not_there_is_not_found(harness: Harness, path: str) -> None:
    assert harness.post(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("checkout-sessions/x/complete", {"card": "gold"}),
        ("payment-intents/x/authenticate", {"succeed": "perhaps"}),
        ("payment-intents/x/dispute", {"status": "open"}),
        ("webhooks/replay", {"times": 11}),
        ("webhooks", {"type": "Not A Type"}),
        ("webhooks", {"release": True}),
    ],
)
def test_what_is_no_request_is_refused(harness: Harness, path: str, body: dict[str, object]) -> None:
    assert harness.post(path, **body).status_code == 400
