"""A key acts once a day of the sandbox's clock, whatever became of the first try."""

import pytest
import stripe

from sandbox.faults import Fault
from sandbox.partners.stripe.cards import Card
from tests.unit.sandbox.partners.stripe.harness import Harness

KEY = {"idempotency_key": "customer-7"}


def test_a_key_acts_once_and_says_so(harness: Harness) -> None:
    customer_id, method_id = harness.card()

    first = harness.charge(customer_id, method_id, key="inv-1#1")
    again = harness.charge(customer_id, method_id, key="inv-1#1")

    assert first.id == again.id
    assert len(harness.stripe.state.intents) == 1
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"


def test_a_key_keeps_its_first_answer_though_the_object_changed(harness: Harness) -> None:
    customer_id, method_id = harness.card(Card.PROCESSING)
    harness.charge(customer_id, method_id, key="inv-1#1")
    harness.stripe.payments.settle(next(iter(harness.stripe.state.intents.values())))

    assert harness.charge(customer_id, method_id, key="inv-1#1").status == "processing"


def test_a_key_is_good_for_one_request_only(harness: Harness) -> None:
    customer_id, method_id = harness.card()
    harness.charge(customer_id, method_id, key="inv-1#1")

    with pytest.raises(stripe.IdempotencyError):
        harness.charge(customer_id, method_id, key="inv-1#1", amount=823)
    with pytest.raises(stripe.IdempotencyError):
        harness.sdk.customers.create({}, {"idempotency_key": "inv-1#1"})

    assert harness.charge(customer_id, method_id, key="inv-1#1").amount == 822


def test_a_refusal_is_remembered(harness: Harness) -> None:
    customer_id, method_id = harness.card(Card.DECLINE)

    with pytest.raises(stripe.CardError) as first:
        harness.charge(customer_id, method_id, key="inv-1#1")
    with pytest.raises(stripe.CardError) as again:
        harness.charge(customer_id, method_id, key="inv-1#1")

    assert first.value.json_body == again.value.json_body
    assert len(harness.stripe.state.charges) == 1


def test_a_day_later_the_same_key_acts_anew(harness: Harness) -> None:
    customer_id, method_id = harness.card()
    first = harness.charge(customer_id, method_id, key="inv-1#1")

    harness.pass_by(hours=23, minutes=59)
    assert harness.charge(customer_id, method_id, key="inv-1#1").id == first.id
    harness.pass_by(minutes=1)

    assert harness.charge(customer_id, method_id, key="inv-1#1").id != first.id


def test_a_failure_is_remembered_for_the_day(harness: Harness) -> None:
    harness.fail("create_customer", Fault.HTTP_500)

    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            harness.sdk.customers.create({}, KEY)
        assert caught.value.http_status == 500

    assert harness.stripe.state.customers == {}
    harness.pass_by(days=1)
    assert harness.sdk.customers.create({}, KEY).id.startswith("cus_")


@pytest.mark.parametrize(
    ("fault", "error"), [(Fault.HTTP_429, stripe.RateLimitError), (Fault.DROP_BEFORE, stripe.APIConnectionError)]
)
def test_what_never_began_is_not_remembered(harness: Harness, fault: Fault, error: type[Exception]) -> None:
    harness.fail("create_customer", fault)

    with pytest.raises(error):
        harness.sdk.customers.create({}, KEY)

    assert harness.stripe.state.customers == {}
    assert harness.sdk.customers.create({}, KEY).id.startswith("cus_")


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.MALFORMED, Fault.SLOW])
def test_a_lost_answer_is_had_with_the_same_key(harness: Harness, fault: Fault) -> None:
    harness.fail("create_customer", fault)

    with pytest.raises(stripe.StripeError):
        harness.sdk.customers.create({}, KEY)

    (known,) = harness.stripe.state.customers
    assert harness.sdk.customers.create({}, KEY).id == known


def test_a_request_that_does_not_do_leaves_its_key_free(harness: Harness) -> None:
    customer_id, method_id = harness.card()

    with pytest.raises(stripe.InvalidRequestError):
        harness.charge(customer_id, method_id, key="inv-1#1", amount=49)

    assert harness.charge(customer_id, method_id, key="inv-1#1").status == "succeeded"


def test_a_key_has_at_most_255_characters(harness: Harness) -> None:
    assert harness.sdk.customers.create({}, {"idempotency_key": "k" * 255}).id.startswith("cus_")

    with pytest.raises(stripe.InvalidRequestError):
        harness.sdk.customers.create({}, {"idempotency_key": "k" * 256})


def test_keys_outlive_the_process(harness: Harness) -> None:
    first = harness.sdk.customers.create({}, KEY).id
    harness.stripe.flush()

    harness.restart()

    assert harness.sdk.customers.create({}, KEY).id == first
