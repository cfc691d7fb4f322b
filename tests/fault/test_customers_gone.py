"""A customer or card that is gone at Stripe: another is made, the person asked for a card, no hold stays for ever."""

import pytest

from tests.support.charging import ChargeHarness
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_owed, assert_paid_once
from trading.billing.payment_methods.models import PaymentMethodKind

pytestmark = pytest.mark.usefixtures("aws")
PAGE = "https://app.example.com/ok"


def new_card(harness: ChargeHarness, owner: str) -> None:
    """Have a person give a card by the pages of Stripe."""
    session = harness.methods.begin(owner, PAGE, PAGE)
    harness.methods.complete(owner, session.session_id)


def assert_asked(harness: ChargeHarness, owner: str) -> None:
    """Hold that the customer is forgotten, and the person asked for a card once."""
    assert harness.billing(owner).active_method is None
    assert harness.event_counts(owner)["card_needed"] == 1


@pytest.mark.parametrize("is_reported", [True, False], ids=["event", "no event"])
def test_a_customer_that_is_gone_is_made_anew_and_a_card_lifts_the_hold(*, is_reported: bool) -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.OK)
    gone = f"cus_{owner}"
    harness.processor.gone.add(gone)
    if is_reported:
        harness.deliver([harness.processor.emit("customer.deleted", {"id": gone})] * 2)
        assert_asked(harness, owner)
    harness.run_days(owner, 20)
    assert_asked(harness, owner)
    assert harness.account(owner).billing_hold
    assert_owed(harness, owner)

    new_card(harness, owner)
    harness.work()

    assert (harness.billing(owner).customer_id, harness.account(owner).billing_hold) != (gone, True)
    assert_paid_once(harness, owner)


def test_a_page_for_a_customer_that_is_gone_is_made_for_a_new_one() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.OK)
    harness.processor.gone.add(f"cus_{owner}")

    new_card(harness, owner)

    assert harness.billing(owner).customer_id not in {None, f"cus_{owner}"}
    assert harness.billing(owner).active_method is not None
    assert harness.event_counts(owner)["card_needed"] == 1


def test_the_search_that_still_knows_the_old_customer_is_not_believed() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.OK)
    harness.processor.gone.add(f"cus_{owner}")
    harness.processor.customers[owner] = f"cus_{owner}"
    harness.deliver([harness.processor.emit("customer.deleted", {"id": f"cus_{owner}"})])

    new_card(harness, owner)

    assert harness.billing(owner).customer_id != f"cus_{owner}"


def test_an_old_event_about_a_customer_before_changes_nothing() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.OK)
    event = harness.processor.emit("customer.deleted", {"id": f"cus_{owner}"})
    harness.processor.gone.add(f"cus_{owner}")
    harness.deliver([event])
    new_card(harness, owner)
    before = harness.billing(owner)

    harness.deliver([harness.processor.emit("customer.deleted", {"id": f"cus_{owner}"})])

    assert harness.billing(owner) == before


def test_who_loses_the_card_that_is_charged_is_asked_for_another() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.OK)
    (card,) = [method for method in harness.billing(owner).methods if method.kind is PaymentMethodKind.CARD]
    about: dict[str, object] = {"id": card.reference, "customer": f"cus_{owner}"}

    harness.deliver([harness.processor.emit("payment_method.detached", about)] * 2)

    assert_asked(harness, owner)
