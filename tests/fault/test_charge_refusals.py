"""Stripe refuses, is away or has forgotten, while a charge is taken back; and what an attempt may touch at all."""

from functools import partial

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeHarness
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


def void(harness: ChargeHarness, owner: str) -> None:
    invoices = InvoiceCorrections(harness.store, harness.clock)
    InvoiceVoiding(invoices, harness.withdrawal).void(owner, PERIOD, AUDIT)


def waiting(harness: ChargeHarness, kind: CardKind = CardKind.AUTHENTICATE) -> str:
    """Return a person whose charge waits for them, or was declined."""
    owner = harness.person(kind)
    harness.charges.dun(owner, PERIOD)
    harness.processor.events.clear()
    return owner


def assert_void(harness: ChargeHarness, owner: str) -> None:
    assert (harness.invoice(owner).status, harness.billing(owner).owed) == (InvoiceStatus.VOID, ())
    assert (harness.billing(owner).charging, harness.invoice(owner).lookup_at) == ({}, None)
    assert_ledger_agrees(harness, owner)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("error", [Unavailable(), OutcomeUnknown()], ids=["away", "lost"])
@pytest.mark.parametrize("kind", [CardKind.AUTHENTICATE, CardKind.DECLINE])
def test_nothing_is_void_while_it_is_unknown_whether_its_charge_is_cancelled(
    kind: CardKind, error: TillerError, side: str
) -> None:
    harness = ChargeHarness()
    owner = waiting(harness, kind)
    before = harness.invoice(owner)
    getattr(harness.processor, side)["cancel"] = always(error)

    with pytest.raises(type(error)):
        void(harness, owner)

    assert harness.invoice(owner) == before
    getattr(harness.processor, side).clear()
    void(harness, owner)
    assert harness.statuses(owner) == ["canceled"]
    assert_void(harness, owner)


@pytest.mark.parametrize("kind", [CardKind.AUTHENTICATE, CardKind.DECLINE])
def test_a_charge_that_stripe_does_not_find_holds_no_voiding_up(kind: CardKind) -> None:
    harness = ChargeHarness()
    owner = waiting(harness, kind)
    harness.processor.before["cancel"] = always(GONE)

    void(harness, owner)

    assert_void(harness, owner)


@pytest.mark.parametrize("kind", [CardKind.AUTHENTICATE, CardKind.DECLINE])
def test_a_charge_that_stripe_does_not_find_holds_no_other_card_up(kind: CardKind) -> None:
    harness = ChargeHarness()
    owner = waiting(harness, kind)
    harness.processor.before["cancel"] = always(GONE)
    harness.clock.pass_by(HOUR)
    harness.methods.activate(owner, harness.give_card(owner, CardKind.OK).method_id)

    harness.work()

    assert_paid_once(harness, owner)


def test_what_the_person_just_confirmed_is_not_voided() -> None:
    harness = ChargeHarness()
    owner = waiting(harness, CardKind.DECLINE)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, IntentStatus.PROCESSING)

    with pytest.raises(Conflict) as refusal:
        void(harness, owner)

    assert refusal.value.code == "not_voidable"
    assert_owed(harness, owner)
    harness.processor.move(charge.reference, IntentStatus.SUCCEEDED)
    harness.deliver()
    assert_paid_once(harness, owner)


def test_a_voiding_that_died_anywhere_is_done_by_asking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)

    def begun() -> tuple[ChargeHarness, str]:
        harness = ChargeHarness()
        harness.processor.visit = crashes.visit
        return harness, waiting(harness)

    harness, owner = begun()
    places = crashes.count(partial(void, harness, owner))
    assert places >= 10
    for place in range(1, places + 1):
        harness, owner = begun()
        crashes.die_at(place, partial(void, harness, owner))
        if harness.invoice(owner).status is not InvoiceStatus.VOID:
            void(harness, owner)

        assert_void(harness, owner)
        assert harness.statuses(owner) == ["canceled"]


def test_a_customer_that_goes_between_intent_and_charge_costs_one_step_and_a_new_card_pays() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.OK)
    gone = f"cus_{owner}"

    def delete() -> None:
        harness.processor.before.pop("charge")
        harness.processor.gone.add(gone)
        harness.deliver([harness.processor.emit("customer.deleted", {"id": gone})])

    harness.processor.before["charge"] = delete
    harness.charges.dun(owner, PERIOD)
    harness.run_days(owner, 16)
    assert harness.account(owner).billing_hold
    assert harness.event_counts(owner)["card_needed"] == 1

    session = harness.methods.begin(owner, PAGE, PAGE)
    harness.methods.complete(owner, session.session_id)
    harness.work()

    assert not harness.account(owner).billing_hold
    assert_paid_once(harness, owner)


def test_a_search_that_still_finds_the_old_customer_is_not_believed_by_who_asks_again() -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.OK)
    gone = f"cus_{owner}"
    harness.processor.gone.add(gone)
    harness.processor.customers[owner] = gone
    harness.deliver([harness.processor.emit("customer.deleted", {"id": gone})])
    harness.processor.before["create_customer"] = always(Unavailable())
    with pytest.raises(Unavailable):
        harness.methods.begin(owner, PAGE, PAGE)
    assert harness.billing(owner).customer_asked_at is not None
    harness.processor.before.clear()

    harness.methods.begin(owner, PAGE, PAGE)

    assert harness.billing(owner).customer_id not in {None, gone}
    assert harness.billing(owner).gone_customers == (gone,)


def test_a_customer_that_is_made_after_others_that_are_gone_is_none_of_them() -> None:
    harness = ChargeHarness()
    owner = harness.person(None)
    harness.methods.begin(owner, PAGE, PAGE)
    customers = [harness.billing(owner).customer_id]

    for _ in range(2):
        gone = str(customers[-1])
        harness.processor.gone.add(gone)
        harness.deliver([harness.processor.emit("customer.deleted", {"id": gone})])
        harness.methods.begin(owner, PAGE, PAGE)
        customers.append(harness.billing(owner).customer_id)

    assert len(set(customers)) == 3


def test_a_fee_that_was_given_up_is_rejected_when_it_comes_to_its_advisor_after_all() -> None:
    harness = ChargeHarness()
    owner = harness.person(None, cash_cents=10_000)
    harness.choose_cash(owner)
    harness.queued.clear()
    harness.broker.before["approve"] = always(Unavailable())
    harness.charges.dun(owner, PERIOD)
    (payment,) = harness.redemptions(owner)
    harness.broker.move(payment.payment_id, PaymentStatus.FAILED)
    harness.clock.pass_by(HOUR)
    harness.fees.apply_event("failed", harness.broker.payments[payment.payment_id])
    assert harness.attempts(owner) == ["failed"]
    harness.broker.before.clear()

    harness.fees.apply_event("late", harness.broker.move(payment.payment_id, PaymentStatus.AWAITING_ADVISOR))

    assert (harness.broker.calls["approve"], harness.broker.calls["reject"]) == (1, 1)
    assert_owed(harness, owner)


def test_nobody_pays_by_the_id_of_somebody_elses_invoice() -> None:
    harness = ChargeHarness()
    ada, bob = harness.person(), harness.person()
    harness.pay(bob)

    for invoice_id in (harness.invoice(ada).invoice_id, "no-invoice-at-all"):
        foreign = harness.request(bob, invoice_id)
        with pytest.raises(NotFound):
            harness.charges.pay(bob, invoice_id, foreign)

    assert harness.statuses(ada) == []


def test_who_has_no_card_cannot_pay_and_who_waits_for_a_charge_is_shown_it() -> None:
    harness = ChargeHarness()
    none, owner = harness.person(None), harness.person(CardKind.AUTHENTICATE)

    with pytest.raises(Conflict) as refusal:
        harness.pay(none)

    assert (refusal.value.code, harness.attempts(none)) == ("no_payment_method", [])
    harness.pay(owner)
    reference = harness.billing(owner).methods[0].reference
    about: dict[str, object] = {"id": reference, "customer": f"cus_{owner}"}
    harness.deliver([harness.processor.emit("payment_method.detached", about)])
    assert harness.billing(owner).active_method is None
    _, secret, _ = harness.pay(owner, "another-key-of-this")
    assert secret is not None


@pytest.mark.parametrize(("is_dunning", "counted"), [(True, 1), (False, 0)])
def test_only_a_step_that_waits_for_its_person_is_counted(*, is_dunning: bool, counted: int) -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.AUTHENTICATE)
    before = harness.invoice(owner).next_attempt_at

    if is_dunning:
        harness.charges.dun(owner, PERIOD)
    else:
        harness.pay(owner)

    after = harness.invoice(owner)
    assert (after.dunning_attempts, after.next_attempt_at == before) == (counted, not is_dunning)


@pytest.mark.parametrize(
    "about",
    [{"mode": "payment"}, {"mode": None}, {"metadata": {}}, {"id": None}],
    ids=["another mode", "no mode", "nobody", "no id"],
)
def test_a_session_that_gives_no_card_to_a_person_of_ours_is_not_asked_for(about: dict[str, object]) -> None:
    harness = ChargeHarness()
    owner = harness.person(None)
    made = harness.methods.begin(owner, PAGE, PAGE)
    session: dict[str, object] = {"id": made.session_id, "mode": "setup", "metadata": {"profile_id": owner}}

    harness.deliver([harness.processor.emit("checkout.session.completed", {**session, **about})])

    assert (harness.processor.calls["setup_session"], harness.billing(owner).methods) == (0, ())


def test_each_time_a_charge_has_a_status_that_nobody_knows_it_stays_pending_and_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    harness = ChargeHarness()
    owner = harness.person(CardKind.PROCESS)
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.processor.move(charge.reference, None)

    counted = []
    for _ in range(3):
        harness.clock.pass_by(DAY)
        harness.deliver([harness.processor.emit("payment_intent.updated", {"id": charge.reference})])
        counted.append(capsys.readouterr().out.count("UnknownChargeStatuses"))

    assert all(counted)
    assert (harness.attempts(owner), harness.invoice(owner).owed_cents) == (["pending"], CENTS)
