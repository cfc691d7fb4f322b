"""A customer or card that is gone at Stripe: another is made, the person asked for a card, no hold stays for ever."""

import pytest

from tests.support.charging import ChargeBench
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_owed, assert_paid_once
from trading.billing.payment_methods.models import PaymentMethodKind

pytestmark = pytest.mark.usefixtures("aws")
PAGE = "https://app.example.com/ok"


def new_card(bench: ChargeBench, owner: str) -> None:
    """Have a person give a card by the pages of Stripe."""
    session = bench.methods.begin(owner, PAGE, PAGE)
    bench.methods.complete(owner, session.session_id)


def assert_asked(bench: ChargeBench, owner: str) -> None:
    """Hold that the customer is forgotten, and the person asked for a card once."""
    assert bench.billing(owner).active_method is None
    assert bench.event_counts(owner)["card_needed"] == 1


@pytest.mark.parametrize("is_reported", [True, False], ids=["event", "no event"])
def test_a_customer_that_is_gone_is_made_anew_and_a_card_lifts_the_hold(*, is_reported: bool) -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.OK)
    gone = f"cus_{owner}"
    bench.processor.gone.add(gone)
    if is_reported:
        bench.deliver([bench.processor.emit("customer.deleted", {"id": gone})] * 2)
        assert_asked(bench, owner)
    bench.run_days(owner, 20)
    assert_asked(bench, owner)
    assert bench.account(owner).billing_hold
    assert_owed(bench, owner)

    new_card(bench, owner)
    bench.work()

    assert (bench.billing(owner).customer_id, bench.account(owner).billing_hold) != (gone, True)
    assert_paid_once(bench, owner)


def test_a_page_for_a_customer_that_is_gone_is_made_for_a_new_one() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.OK)
    bench.processor.gone.add(f"cus_{owner}")

    new_card(bench, owner)

    assert bench.billing(owner).customer_id not in {None, f"cus_{owner}"}
    assert bench.billing(owner).active_method is not None
    assert bench.event_counts(owner)["card_needed"] == 1


def test_the_search_that_still_knows_the_old_customer_is_not_believed() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.OK)
    bench.processor.gone.add(f"cus_{owner}")
    bench.processor.customers[owner] = f"cus_{owner}"
    bench.deliver([bench.processor.emit("customer.deleted", {"id": f"cus_{owner}"})])

    new_card(bench, owner)

    assert bench.billing(owner).customer_id != f"cus_{owner}"


def test_an_old_event_about_a_customer_before_changes_nothing() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.OK)
    event = bench.processor.emit("customer.deleted", {"id": f"cus_{owner}"})
    bench.processor.gone.add(f"cus_{owner}")
    bench.deliver([event])
    new_card(bench, owner)
    before = bench.billing(owner)

    bench.deliver([bench.processor.emit("customer.deleted", {"id": f"cus_{owner}"})])

    assert bench.billing(owner) == before


def test_who_loses_the_card_that_is_charged_is_asked_for_another() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.OK)
    (card,) = [method for method in bench.billing(owner).methods if method.kind is PaymentMethodKind.CARD]
    about: dict[str, object] = {"id": card.reference, "customer": f"cus_{owner}"}

    bench.deliver([bench.processor.emit("payment_method.detached", about)] * 2)

    assert_asked(bench, owner)
