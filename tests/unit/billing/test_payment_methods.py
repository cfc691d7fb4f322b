"""Ways to pay: one method a card, the first active by itself, no other ever."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from tests.support.funding import MovableClock
from tests.unit.billing.bench import RULES, BillingBench
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
class MethodBench:
    """People who give cards."""

    stripe: FakeStripe = field(default_factory=FakeStripe)
    bills: BillingBench = field(default_factory=BillingBench)

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
def bench(aws: None) -> MethodBench:
    return MethodBench()


def test_the_first_card_becomes_active_and_no_other_by_itself(bench: MethodBench) -> None:
    first, second, third = (bench.give("ada") for _ in range(3))

    assert bench.active("ada") == first.method_id
    assert (second.set_active_at, third.set_active_at) == (None, None)
    shown, active = listed(bench.bills.store.load("ada"), "ada", bench.clock.now())
    assert [method.method_id for method in shown] == [first.method_id, third.method_id, second.method_id]
    assert active == first.method_id


def test_both_ways_lead_to_one_method(bench: MethodBench) -> None:
    session = bench.session("ada")
    bench.stripe.complete(session)

    ways = [bench.service.complete("ada", session) for _ in range(4)]

    assert {way.method_id for way in ways} == {ways[0].method_id}
    assert len(bench.bills.billing("ada").methods) == 1


def test_the_same_card_of_two_sessions_is_one_method(bench: MethodBench) -> None:
    one, two = bench.session("ada"), bench.session("ada")
    bench.stripe.complete(one, "pm_same")
    bench.stripe.complete(two, "pm_same")

    assert bench.service.complete("ada", one) == bench.service.complete("ada", two)


def test_a_session_that_is_not_complete_brings_nothing(bench: MethodBench) -> None:
    session = bench.session("ada")

    with pytest.raises(Conflict) as refusal:
        bench.service.complete("ada", session)

    assert refusal.value.code == "setup_not_complete"


def test_a_session_of_somebody_else_is_not_there(bench: MethodBench) -> None:
    session = bench.session("ada")
    bench.stripe.complete(session)

    for owner, asked in (("bob", session), ("ada", "cs_unknown")):
        with pytest.raises(NotFound):
            bench.service.complete(owner, asked)

    assert bench.bills.store.load("bob").billing is None


def test_methods_of_somebody_else_are_not_there(bench: MethodBench) -> None:
    method = bench.give("ada")
    bench.give("bob")

    for act in (bench.service.activate, bench.service.remove):
        with pytest.raises(NotFound):
            act("bob", method.method_id)

    assert bench.active("ada") == method.method_id
    assert bench.stripe.calls["detach"] == 0


def test_choosing_another_switches_and_has_what_is_owed_charged(bench: MethodBench) -> None:
    bench.give("ada")
    second = bench.give("ada")
    owing = replace(bench.bills.billing("ada"), owed=("2013-01", "2013-02"))
    bench.bills.store.commit(BillingChange(billing=owing))

    bench.service.activate("ada", second.method_id)

    assert bench.active("ada") == second.method_id
    (body,) = [row.body for row in OutboxRow.scan() if "payment_method_activated" in row.body]
    work = ChargeWork.model_validate_json(body)
    assert (work.owner, work.period, work.on_new_method) == ("ada", None, True)


def test_when_the_active_one_is_removed_none_is_active(bench: MethodBench) -> None:
    first, second = bench.give("ada"), bench.give("ada")

    bench.service.remove("ada", first.method_id)
    third = bench.give("ada")

    assert bench.active("ada") is None
    shown, active = listed(bench.bills.store.load("ada"), "ada", bench.clock.now())
    assert ({method.method_id for method in shown}, active) == ({second.method_id, third.method_id}, None)
    bench.service.activate("ada", third.method_id)
    assert bench.active("ada") == third.method_id


def test_a_removed_card_is_forgotten_at_stripe_and_stays_in_the_records(bench: MethodBench) -> None:
    method = bench.give("ada")

    bench.service.remove("ada", method.method_id)

    assert bench.stripe.cards[method.reference].customer_id is None
    (kept,) = bench.bills.billing("ada").methods
    assert (kept.method_id, kept.removed_at) == (method.method_id, bench.clock.now())


def test_a_card_that_was_removed_does_not_come_back_by_an_old_session(bench: MethodBench) -> None:
    session = bench.session("ada")
    bench.stripe.complete(session)
    method = bench.service.complete("ada", session)
    bench.service.remove("ada", method.method_id)

    with pytest.raises(NotFound):
        bench.service.complete("ada", session)

    assert bench.active("ada") is None


def test_a_card_is_not_removed_while_it_is_charged(bench: MethodBench) -> None:
    method = bench.give("ada")
    charging = replace(bench.bills.billing("ada"), charging={"2013-02": method.method_id})
    bench.bills.store.commit(BillingChange(billing=charging))

    with pytest.raises(Conflict) as refusal:
        bench.service.remove("ada", method.method_id)

    assert (refusal.value.code, bench.stripe.calls["detach"]) == ("charge_in_progress", 0)


def test_no_charge_begins_on_a_card_while_stripe_forgets_it(bench: MethodBench) -> None:
    method = bench.give("ada")
    seen: list[str | None] = []
    bench.stripe.before["detach"] = lambda: seen.append(bench.active("ada"))

    bench.service.remove("ada", method.method_id)

    assert seen == [None]


def test_removing_goes_on_where_stripe_could_not_be_told(bench: MethodBench) -> None:
    method = bench.give("ada")

    def down() -> None:
        del bench.stripe.before["detach"]
        raise Unavailable("down")

    bench.stripe.before["detach"] = down
    with pytest.raises(Unavailable):
        bench.service.remove("ada", method.method_id)
    bench.service.remove("ada", method.method_id)

    assert bench.stripe.cards[method.reference].customer_id is None
    assert bench.active("ada") is None


def test_a_card_that_stripe_lost_is_not_charged(bench: MethodBench) -> None:
    method = bench.give("ada")

    for event in ("evt_1", "evt_2"):
        bench.service.follow_card(method.reference, None, "ada", event)

    shown, active = listed(bench.bills.store.load("ada"), "ada", bench.clock.now())
    assert ([method.is_chargeable for method in shown], active) == ([False], None)
    with pytest.raises(Conflict) as refusal:
        bench.service.activate("ada", method.method_id)
    assert refusal.value.code == "payment_method_unusable"


def test_a_card_that_stripe_lost_before_it_was_added_is_not_added(bench: MethodBench) -> None:
    session = bench.session("ada")
    card = bench.stripe.complete(session)
    bench.stripe.detach(card.reference)

    with pytest.raises(NotFound):
        bench.service.complete("ada", session)

    assert bench.bills.billing("ada").methods == ()


def test_a_renewed_card_gets_its_new_name(bench: MethodBench) -> None:
    method = bench.give("ada")
    card = replace(bench.stripe.cards[method.reference], name="visa 1111")

    bench.service.follow_card(method.reference, card, "ada", "evt_1")

    (kept,) = bench.bills.billing("ada").methods
    assert (kept.name, bench.active("ada")) == ("visa 1111", method.method_id)


@pytest.mark.parametrize("owner", [None, "bob", "ada"])
def test_what_happens_to_a_card_that_nobody_gave_changes_nothing(bench: MethodBench, owner: str | None) -> None:
    bench.give("ada")
    before = bench.bills.billing("ada")

    bench.service.follow_card("pm_foreign", None, owner, "evt_1")

    assert bench.bills.billing("ada") == before


def test_brokerage_cash_is_listed_chosen_and_never_removed(bench: MethodBench) -> None:
    owner = bench.bills.person("2013-02-04")
    card = bench.give(owner)
    shown, active = listed(bench.bills.store.load(owner), owner, bench.clock.now())
    cash = shown[-1]
    assert (cash.name, active) == ("Brokerage cash DW1", card.method_id)

    bench.clock.pass_by(timedelta(days=1))
    bench.service.activate(owner, cash.method_id)
    with pytest.raises(Conflict) as refusal:
        bench.service.remove(owner, cash.method_id)

    assert (bench.active(owner), refusal.value.code) == (cash.method_id, "not_removable")


def test_brokerage_cash_of_a_closed_account_is_not_chosen(bench: MethodBench) -> None:
    owner = bench.bills.person("2013-02-04")
    (cash,), _ = listed(bench.bills.store.load(owner), owner, bench.clock.now())
    bench.bills.close(owner)

    with pytest.raises(Conflict):
        bench.service.activate(owner, cash.method_id)


def test_a_chosen_way_to_pay_outlives_the_accrual_of_a_day(bench: MethodBench) -> None:
    owner = bench.bills.person("2013-02-04")
    card = bench.give(owner)

    bench.bills.evening(owner, date(2013, 2, 20))

    assert bench.active(owner) == card.method_id
