"""Stripe refuses, is away or has forgotten, while a charge is taken back; and what an attempt may touch at all."""

from functools import partial

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeBench
from tests.support.charging_fakes import CardKind
from tests.support.charging_proofs import assert_ledger_agrees, assert_owed, assert_paid_once
from tests.support.crashes import Crashes
from tests.support.funding import always
from trading.billing.charging.withdrawals import InvoiceVoiding
from trading.billing.invoices.corrections import InvoiceCorrections
from trading.billing.invoices.models import InvoiceStatus
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, TillerError, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

AUDIT = Audit("an-operator", "a mistake")
PAGE = "https://app.example.com/ok"
GONE = Refused("No such charge.", code="not_found")


def void(bench: ChargeBench, owner: str) -> None:
    invoices = InvoiceCorrections(bench.store, bench.clock)
    InvoiceVoiding(invoices, bench.withdrawal).void(owner, PERIOD, AUDIT)


def waiting(bench: ChargeBench, kind: CardKind = CardKind.AUTHENTICATE) -> str:
    """Return a person whose charge waits for them, or was declined."""
    owner = bench.person(kind)
    bench.charges.dun(owner, PERIOD)
    bench.processor.events.clear()
    return owner


def assert_void(bench: ChargeBench, owner: str) -> None:
    assert (bench.invoice(owner).status, bench.billing(owner).owed) == (InvoiceStatus.VOID, ())
    assert (bench.billing(owner).charging, bench.invoice(owner).lookup_at) == ({}, None)
    assert_ledger_agrees(bench, owner)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("error", [Unavailable(), OutcomeUnknown()], ids=["away", "lost"])
@pytest.mark.parametrize("kind", [CardKind.AUTHENTICATE, CardKind.DECLINE])
def test_nothing_is_void_while_it_is_unknown_whether_its_charge_is_cancelled(
    kind: CardKind, error: TillerError, side: str
) -> None:
    bench = ChargeBench()
    owner = waiting(bench, kind)
    before = bench.invoice(owner)
    getattr(bench.processor, side)["cancel"] = always(error)

    with pytest.raises(type(error)):
        void(bench, owner)

    assert bench.invoice(owner) == before
    getattr(bench.processor, side).clear()
    void(bench, owner)
    assert bench.statuses(owner) == ["canceled"]
    assert_void(bench, owner)


@pytest.mark.parametrize("kind", [CardKind.AUTHENTICATE, CardKind.DECLINE])
def test_a_charge_that_stripe_does_not_find_holds_no_voiding_up(kind: CardKind) -> None:
    bench = ChargeBench()
    owner = waiting(bench, kind)
    bench.processor.before["cancel"] = always(GONE)

    void(bench, owner)

    assert_void(bench, owner)


@pytest.mark.parametrize("kind", [CardKind.AUTHENTICATE, CardKind.DECLINE])
def test_a_charge_that_stripe_does_not_find_holds_no_other_card_up(kind: CardKind) -> None:
    bench = ChargeBench()
    owner = waiting(bench, kind)
    bench.processor.before["cancel"] = always(GONE)
    bench.clock.pass_by(HOUR)
    bench.methods.activate(owner, bench.give_card(owner, CardKind.OK).method_id)

    bench.work()

    assert_paid_once(bench, owner)


def test_what_the_person_just_confirmed_is_not_voided() -> None:
    bench = ChargeBench()
    owner = waiting(bench, CardKind.DECLINE)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, IntentStatus.PROCESSING)

    with pytest.raises(Conflict) as refusal:
        void(bench, owner)

    assert refusal.value.code == "not_voidable"
    assert_owed(bench, owner)
    bench.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    bench.deliver()
    assert_paid_once(bench, owner)


def test_a_voiding_that_died_anywhere_is_done_by_asking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)

    def begun() -> tuple[ChargeBench, str]:
        bench = ChargeBench()
        bench.processor.visit = crashes.visit
        return bench, waiting(bench)

    bench, owner = begun()
    places = crashes.count(partial(void, bench, owner))
    assert places >= 10
    for place in range(1, places + 1):
        bench, owner = begun()
        crashes.die_at(place, partial(void, bench, owner))
        if bench.invoice(owner).status is not InvoiceStatus.VOID:
            void(bench, owner)

        assert_void(bench, owner)
        assert bench.statuses(owner) == ["canceled"]


def test_a_customer_that_goes_between_intent_and_charge_costs_one_step_and_a_new_card_pays() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.OK)
    gone = f"cus_{owner}"

    def delete() -> None:
        bench.processor.before.pop("charge")
        bench.processor.gone.add(gone)
        bench.deliver([bench.processor.emit("customer.deleted", {"id": gone})])

    bench.processor.before["charge"] = delete
    bench.charges.dun(owner, PERIOD)
    bench.run_days(owner, 16)
    assert bench.account(owner).billing_hold
    assert bench.event_counts(owner)["card_needed"] == 1

    session = bench.methods.begin(owner, PAGE, PAGE)
    bench.methods.complete(owner, session.session_id)
    bench.work()

    assert not bench.account(owner).billing_hold
    assert_paid_once(bench, owner)


def test_a_search_that_still_finds_the_old_customer_is_not_believed_by_who_asks_again() -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.OK)
    gone = f"cus_{owner}"
    bench.processor.gone.add(gone)
    bench.processor.customers[owner] = gone
    bench.deliver([bench.processor.emit("customer.deleted", {"id": gone})])
    bench.processor.before["create_customer"] = always(Unavailable())
    with pytest.raises(Unavailable):
        bench.methods.begin(owner, PAGE, PAGE)
    assert bench.billing(owner).customer_asked_at is not None
    bench.processor.before.clear()

    bench.methods.begin(owner, PAGE, PAGE)

    assert bench.billing(owner).customer_id not in {None, gone}
    assert bench.billing(owner).gone_customers == (gone,)


def test_a_customer_that_is_made_after_others_that_are_gone_is_none_of_them() -> None:
    bench = ChargeBench()
    owner = bench.person(None)
    bench.methods.begin(owner, PAGE, PAGE)
    customers = [bench.billing(owner).customer_id]

    for _ in range(2):
        gone = str(customers[-1])
        bench.processor.gone.add(gone)
        bench.deliver([bench.processor.emit("customer.deleted", {"id": gone})])
        bench.methods.begin(owner, PAGE, PAGE)
        customers.append(bench.billing(owner).customer_id)

    assert len(set(customers)) == 3


def test_a_fee_that_was_given_up_is_rejected_when_it_comes_to_its_advisor_after_all() -> None:
    bench = ChargeBench()
    owner = bench.person(None, cash_cents=10_000)
    bench.choose_cash(owner)
    bench.queued.clear()
    bench.broker.before["approve"] = always(Unavailable())
    bench.charges.dun(owner, PERIOD)
    (payment,) = bench.redemptions(owner)
    bench.broker.move(payment.payment_id, PaymentStatus.FAILED)
    bench.clock.pass_by(HOUR)
    bench.fees.apply_event("failed", bench.broker.payments[payment.payment_id])
    assert bench.attempts(owner) == ["failed"]
    bench.broker.before.clear()

    bench.fees.apply_event("late", bench.broker.move(payment.payment_id, PaymentStatus.AWAITING_ADVISOR))

    assert (bench.broker.calls["approve"], bench.broker.calls["reject"]) == (1, 1)
    assert_owed(bench, owner)


def test_nobody_pays_by_the_id_of_somebody_elses_invoice() -> None:
    bench = ChargeBench()
    ada, bob = bench.person(), bench.person()
    bench.pay(bob)

    for invoice_id in (bench.invoice(ada).invoice_id, "no-invoice-at-all"):
        foreign = bench.request(bob, invoice_id)
        with pytest.raises(NotFound):
            bench.charges.pay(bob, invoice_id, foreign)

    assert bench.statuses(ada) == []


def test_who_has_no_card_cannot_pay_and_who_waits_for_a_charge_is_shown_it() -> None:
    bench = ChargeBench()
    none, owner = bench.person(None), bench.person(CardKind.AUTHENTICATE)

    with pytest.raises(Conflict) as refusal:
        bench.pay(none)

    assert (refusal.value.code, bench.attempts(none)) == ("no_payment_method", [])
    bench.pay(owner)
    reference = bench.billing(owner).methods[0].reference
    about: dict[str, object] = {"id": reference, "customer": f"cus_{owner}"}
    bench.deliver([bench.processor.emit("payment_method.detached", about)])
    assert bench.billing(owner).active_method is None
    _, secret, _ = bench.pay(owner, "another-key-of-this")
    assert secret is not None


@pytest.mark.parametrize(("is_dunning", "counted"), [(True, 1), (False, 0)])
def test_only_a_step_that_waits_for_its_person_is_counted(*, is_dunning: bool, counted: int) -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.AUTHENTICATE)
    before = bench.invoice(owner).next_attempt_at

    if is_dunning:
        bench.charges.dun(owner, PERIOD)
    else:
        bench.pay(owner)

    after = bench.invoice(owner)
    assert (after.dunning_attempts, after.next_attempt_at == before) == (counted, not is_dunning)


@pytest.mark.parametrize(
    "about",
    [{"mode": "payment"}, {"mode": None}, {"metadata": {}}, {"id": None}],
    ids=["another mode", "no mode", "nobody", "no id"],
)
def test_a_session_that_gives_no_card_to_a_person_of_ours_is_not_asked_for(about: dict[str, object]) -> None:
    bench = ChargeBench()
    owner = bench.person(None)
    made = bench.methods.begin(owner, PAGE, PAGE)
    session: dict[str, object] = {"id": made.session_id, "mode": "setup", "metadata": {"profile_id": owner}}

    bench.deliver([bench.processor.emit("checkout.session.completed", {**session, **about})])

    assert (bench.processor.calls["setup_session"], bench.billing(owner).methods) == (0, ())


def test_each_time_a_charge_has_a_status_that_nobody_knows_it_stays_pending_and_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench = ChargeBench()
    owner = bench.person(CardKind.PROCESS)
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.processor.move(charge.reference, None)

    counted = []
    for _ in range(3):
        bench.clock.pass_by(DAY)
        bench.deliver([bench.processor.emit("payment_intent.updated", {"id": charge.reference})])
        counted.append(capsys.readouterr().out.count("UnknownChargeStatuses"))

    assert all(counted)
    assert (bench.attempts(owner), bench.invoice(owner).owed_cents) == (["pending"], CENTS)
