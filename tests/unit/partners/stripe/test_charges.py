"""Charges against the simulated Stripe, asked by its own SDK."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.partners.failing import SLOW_SECONDS
from sandbox.partners.stripe.cards import Card
from tests.unit.partners.stripe.harness import INVOICE, KEY, StripeHarness, stripe_harness
from trading.billing.ports import IntentStatus
from trading.partners.limits import STRIPE
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

LAG = timedelta(minutes=2)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[StripeHarness]:
    with stripe_harness(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("card", "status", "reason"),
    [
        (Card.OK, IntentStatus.SUCCEEDED, None),
        (Card.DISPUTE, IntentStatus.SUCCEEDED, None),
        (Card.PROCESSING, IntentStatus.PROCESSING, None),
        (Card.AUTHENTICATION_REQUIRED, IntentStatus.REQUIRES_ACTION, "authentication_required"),
        (Card.DECLINE, IntentStatus.DECLINED, "generic_decline"),
        (Card.INSUFFICIENT_FUNDS, IntentStatus.DECLINED, "insufficient_funds"),
        (Card.EXPIRED, IntentStatus.DECLINED, "expired_card"),
    ],
)
def test_each_card_has_its_answer_and_is_read_alike_afterwards(
    harness: StripeHarness, card: Card, status: IntentStatus, reason: str | None
) -> None:
    order = harness.order(harness.card(card))

    charge = harness.stripe.charge(order, key=KEY)

    assert (charge.status, charge.reason) == (status, reason)
    assert (charge.invoice_id, charge.number, charge.cents) == (INVOICE, 1, 184)
    assert charge.client_secret is not None
    assert harness.stripe.charge_of(charge.reference) == charge
    assert harness.stripe.charge(order, key=KEY) == charge
    harness.clock.pass_by(LAG)
    assert harness.stripe.find_charges(INVOICE) == (charge,)


def test_a_card_that_is_gone_is_refused_and_nothing_is_made(harness: StripeHarness) -> None:
    card = harness.card()
    harness.stripe.detach(card)
    harness.stripe.detach(card)

    with pytest.raises(Refused) as refusal:
        harness.stripe.charge(harness.order(card), key=KEY)

    assert refusal.value.code == "payment_method_unexpected_state"
    assert harness.statuses() == []


def test_too_small_an_amount_is_refused(harness: StripeHarness) -> None:
    with pytest.raises(Refused, match="accept"):
        harness.stripe.charge(harness.order(harness.card(), cents=49), key=KEY)

    assert harness.statuses() == []


def test_a_key_with_another_request_is_no_refusal(harness: StripeHarness) -> None:
    card = harness.card()
    harness.stripe.charge(harness.order(card), key=KEY)

    with pytest.raises(OutcomeUnknown):
        harness.stripe.charge(harness.order(card, cents=185), key=KEY)

    assert harness.statuses() == ["succeeded"]


@pytest.mark.parametrize(
    ("fault", "error", "statuses"),
    [
        (Fault.DROP_BEFORE, OutcomeUnknown, []),
        (Fault.DROP_AFTER, OutcomeUnknown, ["succeeded"]),
        (Fault.MALFORMED, OutcomeUnknown, ["succeeded"]),
        (Fault.HTTP_500, OutcomeUnknown, []),
        (Fault.HTTP_429, Unavailable, []),
    ],
)
def test_a_charge_that_goes_wrong_says_what_is_known(
    harness: StripeHarness, fault: Fault, error: type[Exception], statuses: list[str]
) -> None:
    card = harness.card()
    harness.fail("create_payment_intent", fault)

    with pytest.raises(error):
        harness.stripe.charge(harness.order(card), key=KEY)

    assert harness.statuses() == statuses


def test_an_answer_that_is_too_slow_is_lost_and_found(harness: StripeHarness) -> None:
    card = harness.card()
    harness.fail("create_payment_intent", Fault.SLOW)

    with pytest.raises(OutcomeUnknown):
        harness.stripe.charge(harness.order(card), key=KEY)

    assert STRIPE.read_seconds < SLOW_SECONDS
    again = harness.stripe.charge(harness.order(card), key=KEY)
    assert (again.status, harness.statuses()) == (IntentStatus.SUCCEEDED, ["succeeded"])


def test_a_failure_is_kept_under_its_key_for_a_day(harness: StripeHarness) -> None:
    card = harness.card()
    harness.fail("create_payment_intent", Fault.HTTP_500)
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            harness.stripe.charge(harness.order(card), key=KEY)
        harness.clock.pass_by(timedelta(hours=11))

    harness.clock.pass_by(timedelta(hours=2))

    assert harness.stripe.find_charges(INVOICE) == ()
    assert harness.stripe.charge(harness.order(card), key=KEY).status is IntentStatus.SUCCEEDED


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.SLOW])
@pytest.mark.parametrize("operation", ["retrieve", "search"])
def test_a_read_that_goes_wrong_is_unavailable(harness: StripeHarness, operation: str, fault: Fault) -> None:
    charge = harness.stripe.charge(harness.order(harness.card()), key=KEY)
    harness.fail(operation, fault)

    with pytest.raises(Unavailable):
        harness.stripe.charge_of(charge.reference) if operation == "retrieve" else harness.stripe.find_charges(INVOICE)


def test_a_charge_that_is_not_there_is_refused_as_such(harness: StripeHarness) -> None:
    with pytest.raises(Refused) as refusal:
        harness.stripe.charge_of("pi_nobody_has")

    assert refusal.value.code == "not_found"


@pytest.mark.parametrize(
    ("card", "status"),
    [
        (Card.OK, IntentStatus.SUCCEEDED),
        (Card.PROCESSING, IntentStatus.PROCESSING),
        (Card.DECLINE, IntentStatus.CANCELED),
        (Card.AUTHENTICATION_REQUIRED, IntentStatus.CANCELED),
    ],
)
def test_canceling_tells_how_the_charge_stands_then(harness: StripeHarness, card: Card, status: IntentStatus) -> None:
    charge = harness.stripe.charge(harness.order(harness.card(card)), key=KEY)

    statuses = [harness.stripe.cancel(charge.reference).status for _ in range(2)]

    assert statuses == [status, status]


def test_what_could_not_be_canceled_at_first_is_canceled_later(harness: StripeHarness) -> None:
    charge = harness.stripe.charge(harness.order(harness.card(Card.PROCESSING)), key=KEY)
    assert harness.stripe.cancel(charge.reference).status is IntentStatus.PROCESSING
    harness.simulator.payments.settle(harness.simulator.state.intents[charge.reference], succeed=False)

    assert harness.stripe.cancel(charge.reference).status is IntentStatus.CANCELED


def test_a_search_finds_more_charges_than_its_first_page_holds_by_default(harness: StripeHarness) -> None:
    card = harness.card(Card.DECLINE)
    for number in range(1, 13):
        harness.stripe.charge(harness.order(card, number), key=f"{INVOICE}#{number}")
    harness.clock.pass_by(LAG)

    found = harness.stripe.find_charges(INVOICE)

    assert sorted(charge.number or 0 for charge in found) == list(range(1, 13))


def test_a_search_finds_none_of_others_and_takes_quotes_for_text(harness: StripeHarness) -> None:
    harness.stripe.charge(harness.order(harness.card()), key=KEY)
    harness.clock.pass_by(LAG)

    assert harness.stripe.find_charges("b" * 32) == ()
    assert harness.stripe.find_charges(f"{INVOICE}' AND status:'succeeded") == ()


def test_a_customer_is_made_once_a_key_and_found_later(harness: StripeHarness) -> None:
    again = harness.stripe.create_customer("ada", key="the-customer-of-ada")
    early = harness.stripe.find_customer("ada")
    harness.clock.pass_by(LAG)

    assert (early, again, harness.stripe.find_customer("ada")) == (None, harness.customer_id, harness.customer_id)


def test_a_session_tells_its_card_once_it_is_complete(harness: StripeHarness) -> None:
    made = harness.stripe.create_setup_session(harness.customer_id, "ada", "https://a.example/", "https://b.example/")
    before = harness.stripe.setup_session(made.session_id)
    harness.simulator.customers.complete(made.session_id, Card.OK)

    after = harness.stripe.setup_session(made.session_id)

    assert (before.is_complete, before.card, before.profile_id) == (False, None, "ada")
    assert after.is_complete
    assert after.card is not None
    assert (after.card.name, after.card.customer_id) == ("visa 4242", harness.customer_id)
