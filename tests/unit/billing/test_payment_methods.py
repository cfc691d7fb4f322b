"""Ways to pay: one method a card, the first active by itself, no other ever."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from tests.support.funding import MovableClock
from tests.unit.billing.harness import RULES, BillingHarness
from tests.unit.billing.stripe_cards import FakeStripe
from trading.billing.charging.rails import CardRail
from trading.billing.charging.withdrawals import ChargeWithdrawal
from trading.billing.messages import ChargeWork
from trading.billing.payment_methods.listing import listed
from trading.billing.payment_methods.models import PaymentMethod
from trading.billing.payment_methods.service import PaymentMethodService
from trading.billing.ports import BillingChange
from trading.platform.errors import Conflict, NotFound, Unavailable
from trading.platform.outbox import OutboxRow

PAGE = "https://app.example.com/ok"


@dataclass
class MethodHarness:
    """People who give cards."""

    stripe: FakeStripe = field(default_factory=FakeStripe)
    bills: BillingHarness = field(default_factory=BillingHarness)

    @property
    def clock(self) -> MovableClock:
        return self.bills.clock

    @property
    def service(self) -> PaymentMethodService:
        withdrawal = ChargeWithdrawal(self.bills.store, CardRail(self.stripe), self.clock)
        return PaymentMethodService(self.bills.store, self.stripe, RULES, self.clock, withdrawal.withdraw)

    def session(self, owner: str) -> str:
        return self.service.begin(owner, PAGE, PAGE).session_id

    def give(self, owner: str) -> PaymentMethod:
        self.clock.pass_by(timedelta(minutes=1))
        session = self.session(owner)
        self.stripe.complete(session)
        return self.service.complete(owner, session)

    def active(self, owner: str) -> str | None:
        method = self.bills.billing(owner).active_method
        return method.method_id if method else None


@pytest.fixture
def harness(aws: None) -> MethodHarness:
    return MethodHarness()


def test_the_first_card_becomes_active_and_no_other_by_itself(harness: MethodHarness) -> None:
    first, second, third = (harness.give("ada") for _ in range(3))

    assert harness.active("ada") == first.method_id
    assert (second.set_active_at, third.set_active_at) == (None, None)
    shown, active = listed(harness.bills.store.load("ada"), "ada", harness.clock.now())
    assert [method.method_id for method in shown] == [first.method_id, third.method_id, second.method_id]
    assert active == first.method_id


def test_both_ways_lead_to_one_method(harness: MethodHarness) -> None:
    session = harness.session("ada")
    harness.stripe.complete(session)

    ways = [harness.service.complete("ada", session) for _ in range(4)]

    assert {way.method_id for way in ways} == {ways[0].method_id}
    assert len(harness.bills.billing("ada").methods) == 1


def test_the_same_card_of_two_sessions_is_one_method(harness: MethodHarness) -> None:
    one, two = harness.session("ada"), harness.session("ada")
    harness.stripe.complete(one, "pm_same")
    harness.stripe.complete(two, "pm_same")

    assert harness.service.complete("ada", one) == harness.service.complete("ada", two)


def test_a_session_that_is_not_complete_brings_nothing(harness: MethodHarness) -> None:
    session = harness.session("ada")

    with pytest.raises(Conflict) as refusal:
        harness.service.complete("ada", session)

    assert refusal.value.code == "setup_not_complete"


def test_a_session_of_somebody_else_is_not_there(harness: MethodHarness) -> None:
    session = harness.session("ada")
    harness.stripe.complete(session)

    for owner, asked in (("bob", session), ("ada", "cs_unknown")):
        with pytest.raises(NotFound):
            harness.service.complete(owner, asked)

    assert harness.bills.store.load("bob").billing is None


def test_methods_of_somebody_else_are_not_there(harness: MethodHarness) -> None:
    method = harness.give("ada")
    harness.give("bob")

    for act in (harness.service.activate, harness.service.remove):
        with pytest.raises(NotFound):
            act("bob", method.method_id)

    assert harness.active("ada") == method.method_id
    assert harness.stripe.calls["detach"] == 0


def test_choosing_another_switches_and_has_what_is_owed_charged(harness: MethodHarness) -> None:
    harness.give("ada")
    second = harness.give("ada")
    owing = replace(harness.bills.billing("ada"), owed=("2013-01", "2013-02"))
    harness.bills.store.commit(BillingChange(billing=owing))

    harness.service.activate("ada", second.method_id)

    assert harness.active("ada") == second.method_id
    (body,) = [row.body for row in OutboxRow.scan() if "payment_method_activated" in row.body]
    work = ChargeWork.model_validate_json(body)
    assert (work.owner, work.period, work.on_new_method) == ("ada", None, True)


def test_when_the_active_one_is_removed_none_is_active(harness: MethodHarness) -> None:
    first, second = harness.give("ada"), harness.give("ada")

    harness.service.remove("ada", first.method_id)
    third = harness.give("ada")

    assert harness.active("ada") is None
    shown, active = listed(harness.bills.store.load("ada"), "ada", harness.clock.now())
    assert ({method.method_id for method in shown}, active) == ({second.method_id, third.method_id}, None)
    harness.service.activate("ada", third.method_id)
    assert harness.active("ada") == third.method_id


def test_a_removed_card_is_forgotten_at_stripe_and_stays_in_the_records(harness: MethodHarness) -> None:
    method = harness.give("ada")

    harness.service.remove("ada", method.method_id)

    assert harness.stripe.cards[method.reference].customer_id is None
    (kept,) = harness.bills.billing("ada").methods
    assert (kept.method_id, kept.removed_at) == (method.method_id, harness.clock.now())


def test_a_card_that_was_removed_does_not_come_back_by_an_old_session(harness: MethodHarness) -> None:
    session = harness.session("ada")
    harness.stripe.complete(session)
    method = harness.service.complete("ada", session)
    harness.service.remove("ada", method.method_id)

    with pytest.raises(NotFound):
        harness.service.complete("ada", session)

    assert harness.active("ada") is None


def test_a_card_is_not_removed_while_it_is_charged(harness: MethodHarness) -> None:
    method = harness.give("ada")
    charging = replace(harness.bills.billing("ada"), charging={"2013-02": method.method_id})
    harness.bills.store.commit(BillingChange(billing=charging))

    with pytest.raises(Conflict) as refusal:
        harness.service.remove("ada", method.method_id)

    assert (refusal.value.code, harness.stripe.calls["detach"]) == ("charge_in_progress", 0)


def test_no_charge_begins_on_a_card_while_stripe_forgets_it(harness: MethodHarness) -> None:
    method = harness.give("ada")
    seen: list[str | None] = []
    harness.stripe.before["detach"] = lambda: seen.append(harness.active("ada"))

    harness.service.remove("ada", method.method_id)

    assert seen == [None]


def test_removing_goes_on_where_stripe_could_not_be_told(harness: MethodHarness) -> None:
    method = harness.give("ada")

    def down() -> None:
        del harness.stripe.before["detach"]
        raise Unavailable("down")

    harness.stripe.before["detach"] = down
    with pytest.raises(Unavailable):
        harness.service.remove("ada", method.method_id)
    harness.service.remove("ada", method.method_id)

    assert harness.stripe.cards[method.reference].customer_id is None
    assert harness.active("ada") is None


def test_a_card_that_stripe_lost_is_not_charged(harness: MethodHarness) -> None:
    method = harness.give("ada")

    for event in ("evt_1", "evt_2"):
        harness.service.follow_card(method.reference, None, "ada", event)

    shown, active = listed(harness.bills.store.load("ada"), "ada", harness.clock.now())
    assert ([method.is_chargeable for method in shown], active) == ([False], None)
    with pytest.raises(Conflict) as refusal:
        harness.service.activate("ada", method.method_id)
    assert refusal.value.code == "payment_method_unusable"


def test_a_card_that_stripe_lost_before_it_was_added_is_not_added(harness: MethodHarness) -> None:
    session = harness.session("ada")
    card = harness.stripe.complete(session)
    harness.stripe.detach(card.reference)

    with pytest.raises(NotFound):
        harness.service.complete("ada", session)

    assert harness.bills.billing("ada").methods == ()


def test_a_renewed_card_gets_its_new_name(harness: MethodHarness) -> None:
    method = harness.give("ada")
    card = replace(harness.stripe.cards[method.reference], name="visa 1111")

    harness.service.follow_card(method.reference, card, "ada", "evt_1")

    (kept,) = harness.bills.billing("ada").methods
    assert (kept.name, harness.active("ada")) == ("visa 1111", method.method_id)


@pytest.mark.parametrize("owner", [None, "bob", "ada"])
def test_what_happens_to_a_card_that_nobody_gave_changes_nothing(harness: MethodHarness, owner: str | None) -> None:
    harness.give("ada")
    before = harness.bills.billing("ada")

    harness.service.follow_card("pm_foreign", None, owner, "evt_1")

    assert harness.bills.billing("ada") == before


def test_brokerage_cash_is_listed_chosen_and_never_removed(harness: MethodHarness) -> None:
    owner = harness.bills.person("2013-02-04")
    card = harness.give(owner)
    shown, active = listed(harness.bills.store.load(owner), owner, harness.clock.now())
    cash = shown[-1]
    assert (cash.name, active) == ("Brokerage cash DW1", card.method_id)

    harness.clock.pass_by(timedelta(days=1))
    harness.service.activate(owner, cash.method_id)
    with pytest.raises(Conflict) as refusal:
        harness.service.remove(owner, cash.method_id)

    assert (harness.active(owner), refusal.value.code) == (cash.method_id, "not_removable")


def test_brokerage_cash_of_a_closed_account_is_not_chosen(harness: MethodHarness) -> None:
    owner = harness.bills.person("2013-02-04")
    (cash,), _ = listed(harness.bills.store.load(owner), owner, harness.clock.now())
    harness.bills.close(owner)

    with pytest.raises(Conflict):
        harness.service.activate(owner, cash.method_id)


def test_a_chosen_way_to_pay_outlives_the_accrual_of_a_day(harness: MethodHarness) -> None:
    owner = harness.bills.person("2013-02-04")
    card = harness.give(owner)

    harness.bills.evening(owner, date(2013, 2, 20))

    assert harness.active(owner) == card.method_id
