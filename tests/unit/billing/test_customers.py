"""A person's customer at Stripe: made once, whoever asks at the same time and whatever gets lost."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from tests.support.crashes import Crashes
from tests.support.funding import MovableClock, lost
from tests.unit.billing.harness import RULES, BillingHarness
from tests.unit.billing.stripe_cards import FakeStripe
from trading.billing.models import BillingState
from trading.billing.payment_methods.service import PaymentMethodService
from trading.billing.store import DynamoBillingStore
from trading.platform.errors import OutcomeUnknown, StaleRecord, TillerError, Unavailable

PAGE = "https://app.example.com/ok"


@pytest.fixture
def stripe(aws: None) -> FakeStripe:
    return FakeStripe()


def service(stripe: FakeStripe) -> PaymentMethodService:
    """Return a service over the tables."""
    return PaymentMethodService(
        DynamoBillingStore(), stripe, RULES, MovableClock(), lambda *_: BillingState(None, None)
    )


def begin(stripe: FakeStripe) -> None:
    """Begin to give a card."""
    service(stripe).begin("ada", PAGE, PAGE)


def down() -> None:
    raise Unavailable("down")


def assert_one(stripe: FakeStripe) -> None:
    """Hold that there is one customer, and that the records know it both ways."""
    (customer,) = stripe.customers
    billing = DynamoBillingStore().load("ada").billing
    assert billing is not None
    assert billing.customer_id == customer
    assert DynamoBillingStore().owner_of_customer(customer) == "ada"


def test_a_customer_is_made_once_for_all_sessions(stripe: FakeStripe) -> None:
    for _ in range(3):
        begin(stripe)

    assert_one(stripe)
    assert (stripe.calls["create_customer"], len(stripe.sessions)) == (1, 3)


def test_two_people_have_two_customers(stripe: FakeStripe) -> None:
    begin(stripe)
    service(stripe).begin("bob", PAGE, PAGE)

    assert sorted(stripe.customers.values()) == ["ada", "bob"]


@pytest.mark.usefixtures("one_request_at_a_time")
def test_five_sessions_at_once_make_one_customer(stripe: FakeStripe) -> None:
    gate, failures = Barrier(5), list[TillerError]()

    def run() -> None:
        gate.wait()
        try:
            begin(stripe)
        except StaleRecord as busy:
            failures.append(busy)

    threads = [Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert_one(stripe)
    assert len(stripe.sessions) + len(failures) == 5
    assert stripe.sessions


@pytest.mark.parametrize("fault", [lost(), down], ids=["lost", "down"])
def test_a_request_that_failed_is_made_again_under_the_same_key(stripe: FakeStripe, fault: Callable[[], None]) -> None:
    stripe.before["create_customer"] = fault
    with pytest.raises((Unavailable, OutcomeUnknown)):
        begin(stripe)

    stripe.before.clear()
    begin(stripe)

    assert_one(stripe)
    assert len(stripe.keys) == 1


def test_a_customer_whose_making_was_lost_is_the_one_that_is_used(stripe: FakeStripe) -> None:
    stripe.after["create_customer"] = lost()
    with pytest.raises(OutcomeUnknown):
        begin(stripe)

    begin(stripe)

    assert_one(stripe)


def test_once_the_key_is_forgotten_the_customer_is_searched_for(stripe: FakeStripe) -> None:
    stripe.after["create_customer"] = lost()
    with pytest.raises(OutcomeUnknown):
        begin(stripe)
    stripe.keys.clear()
    stripe.search_knows = True

    begin(stripe)

    assert_one(stripe)
    assert stripe.calls["create_customer"] == 1


def test_where_the_search_is_down_none_is_made(stripe: FakeStripe) -> None:
    stripe.after["create_customer"] = lost()
    with pytest.raises(OutcomeUnknown):
        begin(stripe)
    stripe.before["find_customer"] = down

    with pytest.raises(Unavailable):
        begin(stripe)

    assert stripe.calls["create_customer"] == 1


def test_a_process_that_dies_anywhere_leaves_one_customer(stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    stripe.before["create_customer"] = stripe.after["create_customer"] = crashes.visit
    sides = crashes.count(lambda: service(stripe).begin("somebody-else", PAGE, PAGE))
    for place in range(1, sides + 1):
        owner = f"ada-{place}"
        crashes.die_at(place, lambda owner=owner: service(stripe).begin(owner, PAGE, PAGE))  # type: ignore[misc]
        service(stripe).begin(owner, PAGE, PAGE)

        assert list(stripe.customers.values()).count(owner) == 1

    assert sides >= 6


def test_a_fee_that_is_accrued_meanwhile_is_not_lost(stripe: FakeStripe) -> None:
    harness = BillingHarness()
    owner = harness.person("2013-02-04")
    stripe.after["create_customer"] = lambda: harness.evenings(owner, "2013-02-04", "2013-02-04") and None

    service(stripe).begin(owner, PAGE, PAGE)

    assert harness.accrual(owner).months["2013-02"].days == 1
    assert harness.billing(owner).customer_id in stripe.customers
    assert len(stripe.customers) == 1
