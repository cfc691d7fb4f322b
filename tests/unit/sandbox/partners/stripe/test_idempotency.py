"""A key acts once a day of the sandbox's clock, whatever became of the first try."""

import pytest
import stripe

from sandbox.faults import Fault
from sandbox.partners.stripe.cards import Card
from tests.unit.sandbox.partners.stripe.bench import Bench

KEY = {"idempotency_key": "customer-7"}


def test_a_key_acts_once_and_says_so(bench: Bench) -> None:
    customer_id, method_id = bench.card()

    first = bench.charge(customer_id, method_id, key="inv-1#1")
    again = bench.charge(customer_id, method_id, key="inv-1#1")

    assert first.id == again.id
    assert len(bench.stripe.state.intents) == 1
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"


def test_a_key_keeps_its_first_answer_though_the_object_changed(bench: Bench) -> None:
    customer_id, method_id = bench.card(Card.PROCESSING)
    bench.charge(customer_id, method_id, key="inv-1#1")
    bench.stripe.payments.settle(next(iter(bench.stripe.state.intents.values())))

    assert bench.charge(customer_id, method_id, key="inv-1#1").status == "processing"


def test_a_key_is_good_for_one_request_only(bench: Bench) -> None:
    customer_id, method_id = bench.card()
    bench.charge(customer_id, method_id, key="inv-1#1")

    with pytest.raises(stripe.IdempotencyError):
        bench.charge(customer_id, method_id, key="inv-1#1", amount=823)
    with pytest.raises(stripe.IdempotencyError):
        bench.sdk.customers.create({}, {"idempotency_key": "inv-1#1"})

    assert bench.charge(customer_id, method_id, key="inv-1#1").amount == 822


def test_a_refusal_is_remembered(bench: Bench) -> None:
    customer_id, method_id = bench.card(Card.DECLINE)

    with pytest.raises(stripe.CardError) as first:
        bench.charge(customer_id, method_id, key="inv-1#1")
    with pytest.raises(stripe.CardError) as again:
        bench.charge(customer_id, method_id, key="inv-1#1")

    assert first.value.json_body == again.value.json_body
    assert len(bench.stripe.state.charges) == 1


def test_a_day_later_the_same_key_acts_anew(bench: Bench) -> None:
    customer_id, method_id = bench.card()
    first = bench.charge(customer_id, method_id, key="inv-1#1")

    bench.pass_by(hours=23, minutes=59)
    assert bench.charge(customer_id, method_id, key="inv-1#1").id == first.id
    bench.pass_by(minutes=1)

    assert bench.charge(customer_id, method_id, key="inv-1#1").id != first.id


def test_a_failure_is_remembered_for_the_day(bench: Bench) -> None:
    bench.fail("create_customer", Fault.HTTP_500)

    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            bench.sdk.customers.create({}, KEY)
        assert caught.value.http_status == 500

    assert bench.stripe.state.customers == {}
    bench.pass_by(days=1)
    assert bench.sdk.customers.create({}, KEY).id.startswith("cus_")


@pytest.mark.parametrize(
    ("fault", "error"), [(Fault.HTTP_429, stripe.RateLimitError), (Fault.DROP_BEFORE, stripe.APIConnectionError)]
)
def test_what_never_began_is_not_remembered(bench: Bench, fault: Fault, error: type[Exception]) -> None:
    bench.fail("create_customer", fault)

    with pytest.raises(error):
        bench.sdk.customers.create({}, KEY)

    assert bench.stripe.state.customers == {}
    assert bench.sdk.customers.create({}, KEY).id.startswith("cus_")


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.MALFORMED, Fault.SLOW])
def test_a_lost_answer_is_had_with_the_same_key(bench: Bench, fault: Fault) -> None:
    bench.fail("create_customer", fault)

    with pytest.raises(stripe.StripeError):
        bench.sdk.customers.create({}, KEY)

    (known,) = bench.stripe.state.customers
    assert bench.sdk.customers.create({}, KEY).id == known


def test_a_request_that_does_not_do_leaves_its_key_free(bench: Bench) -> None:
    customer_id, method_id = bench.card()

    with pytest.raises(stripe.InvalidRequestError):
        bench.charge(customer_id, method_id, key="inv-1#1", amount=49)

    assert bench.charge(customer_id, method_id, key="inv-1#1").status == "succeeded"


def test_a_key_has_at_most_255_characters(bench: Bench) -> None:
    assert bench.sdk.customers.create({}, {"idempotency_key": "k" * 255}).id.startswith("cus_")

    with pytest.raises(stripe.InvalidRequestError):
        bench.sdk.customers.create({}, {"idempotency_key": "k" * 256})


def test_keys_outlive_the_process(bench: Bench) -> None:
    first = bench.sdk.customers.create({}, KEY).id
    bench.stripe.flush()

    bench.restart()

    assert bench.sdk.customers.create({}, KEY).id == first
