"""A withdrawal is approved only while its flow is open and nothing pauses it; else it is rejected and ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.crashes import cut_in
from tests.support.events import event_names
from tests.support.funding import FundingHarness, assert_ledger_agrees
from tests.support.halts import halt_money
from trading.brokerage.models import PaymentStatus
from trading.funding.accounts.models import Pause
from trading.funding.accounts.pauses import PauseService
from trading.funding.money_flows.models import FlowStatus, MoneyFlow
from trading.funding.money_flows.outcomes import change_of
from trading.funding.money_flows.rules import NEVER_ARRIVED
from trading.platform.audit import Audit
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

BECAUSE = Audit("olga", "a call")
WAITS = PaymentStatus.AWAITING_ADVISOR


def asked() -> tuple[FundingHarness, str, MoneyFlow]:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    return harness, ada, harness.withdraw(ada, 4_000)


def pauses_of(harness: FundingHarness) -> PauseService:
    return PauseService(store=harness.accounts, clock=harness.clock, is_known=lambda _: True)


def never_arrived(harness: FundingHarness, flow: MoneyFlow) -> None:
    """Have a flow fail here while the broker has it, as an operator's wrong word or a lost refusal may do."""
    state = harness.store.load(flow.owner, flow.flow_id)
    assert state.flow is not None
    assert state.account is not None
    refused = state.flow.refused(NEVER_ARRIVED, harness.clock.now())
    harness.store.commit(change_of(state.account, state.flow, refused, harness.clock.now()))


def assert_rejected(harness: FundingHarness, owner: str, flow: MoneyFlow) -> None:
    (payment,) = harness.broker.noted(flow.flow_id)
    found = harness.store.find(owner, flow.flow_id)
    assert found is not None
    assert payment.status is PaymentStatus.FAILED
    assert (found.status, found.due_at) == (FlowStatus.FAILED, None)
    assert harness.broker.calls["approve"] == 0
    assert harness.account(owner).cash_cents == 10_000
    assert harness.account(owner).in_flight == {}
    assert_ledger_agrees(harness, owner)


def test_a_paused_withdrawal_is_rejected_at_the_broker_and_ends() -> None:
    harness, ada, flow = asked()
    pauses_of(harness).pause(ada, BECAUSE)

    ended = harness.report(flow, WAITS)

    assert ended.error is not None
    assert ended.error.code == "cancelled"
    assert_rejected(harness, ada, flow)
    assert event_names(ada).count("withdrawal_failed") == 1


def test_after_a_returned_deposit_a_waiting_withdrawal_is_rejected() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    deposit = harness.report(harness.deposit(ada, 500), PaymentStatus.SUCCESSFUL)
    flow = harness.withdraw(ada, 4_000)
    harness.report(deposit, PaymentStatus.RETURNED)

    harness.report(flow, WAITS)

    assert harness.account(ada).pauses == {Pause.RETURNED_DEPOSIT}
    assert_rejected(harness, ada, flow)


def test_what_failed_already_is_rejected_and_the_money_is_given_back_once() -> None:
    harness, ada, flow = asked()
    never_arrived(harness, flow)
    assert harness.account(ada).cash_cents == 10_000

    for number in range(2):
        harness.report(flow, WAITS, event_id=f"late-{number}")

    assert harness.broker.calls["reject"] >= 1
    assert event_names(ada).count("withdrawal_failed") == 1
    assert harness.broker.calls["approve"] == 0
    assert harness.account(ada).cash_cents == 10_000
    assert_ledger_agrees(harness, ada)


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("lost")])
def test_a_rejection_that_got_lost_is_said_again_even_after_the_pause(error: Exception) -> None:
    harness, ada, flow = asked()
    pauses_of(harness).pause(ada, BECAUSE)

    def fail() -> None:
        raise error

    harness.broker.before["reject"] = fail
    waiting = harness.report(flow, WAITS)
    assert (waiting.status, harness.account(ada).reserved_cents) == (FlowStatus.PENDING, 4_000)
    harness.broker.before.clear()
    pauses_of(harness).lift(ada, BECAUSE)

    harness.clock.pass_by(timedelta(minutes=5))
    harness.flows.resume(ada, flow.flow_id)

    assert_rejected(harness, ada, flow)


def test_a_rejection_that_the_broker_refuses_follows_what_it_did_instead() -> None:
    harness, ada, flow = asked()
    pauses_of(harness).pause(ada, BECAUSE)
    (payment,) = harness.broker.noted(flow.flow_id)
    harness.broker.before["reject"] = lambda: harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL) and None

    ended = harness.report(flow, WAITS)

    assert (ended.status, harness.account(ada).cash_cents) == (FlowStatus.SUCCESS, 6_000)
    assert_ledger_agrees(harness, ada)


def test_a_pause_right_before_the_approval_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    harness, ada, flow = asked()
    (payment,) = harness.broker.noted(flow.flow_id)
    cut_in(monkeypatch, lambda: pauses_of(harness).pause(ada, BECAUSE))

    harness.flows.apply_event("racing", payment)

    assert_rejected(harness, ada, flow)


def test_while_money_is_stopped_a_waiting_withdrawal_is_neither_approved_nor_rejected() -> None:
    harness, ada, flow = asked()
    halt_money(stopped=True)
    harness.report(flow, WAITS)
    for _ in range(20 * 24):
        harness.clock.pass_by(timedelta(hours=1))
        harness.flows.resume(ada, flow.flow_id)
    assert harness.broker.calls["approve"] == harness.broker.calls["reject"] == 0
    assert event_names(ada).count("outcome_needs_person") == 0

    halt_money(stopped=False)
    harness.clock.pass_by(timedelta(hours=1))
    found = harness.flows.resume(ada, flow.flow_id)

    assert found is not None
    assert (found.status, harness.broker.calls["approve"]) == (FlowStatus.APPROVED, 1)


def test_an_approval_is_written_before_it_is_said() -> None:
    harness, ada, flow = asked()

    def find_intent() -> None:
        written = harness.store.find(ada, flow.flow_id)
        assert written is not None
        assert (written.awaits_approval, written.due_at is not None) == (True, True)

    harness.broker.before["approve"] = find_intent

    assert harness.report(flow, WAITS).status is FlowStatus.APPROVED


def test_a_broker_that_knows_the_payment_no_more_is_looked_at_until_a_person_must() -> None:
    harness, ada, flow = asked()
    harness.broker.before["approve"] = lambda: refuse("refused")
    harness.report(flow, WAITS)
    harness.broker.payments.clear()

    last = harness.resolve_all(ada, flow.flow_id)

    assert last is not None
    assert (last.status, last.needs_person, last.due_at) == (FlowStatus.PENDING, True, None)
    assert event_names(ada).count("outcome_needs_person") == 1
    assert harness.broker.calls["create_redemption"] == 1


def refuse(code: str) -> None:
    raise Refused("no", code=code)


@pytest.mark.parametrize("operation", ["get_payment", "list"])
@pytest.mark.parametrize("error", [Refused("no", code="not_found"), Unavailable("down"), OutcomeUnknown("lost")])
def test_no_answer_keeps_the_resolver_from_going_on(operation: str, error: Exception) -> None:
    harness, ada, flow = asked()
    harness.broker.before["approve"] = lambda: refuse("refused")
    harness.report(flow, WAITS)

    def fail() -> None:
        raise error

    harness.broker.before["get_payment"] = fail
    harness.broker.before[operation] = fail

    last = harness.resolve_all(ada, flow.flow_id)

    assert last is not None
    assert last.needs_person


def test_a_flow_that_is_found_by_its_note_though_not_by_its_id_goes_on() -> None:
    harness, ada, flow = asked()
    harness.broker.before["approve"] = lambda: refuse("refused")
    harness.report(flow, WAITS)
    harness.broker.before = {"get_payment": lambda: refuse("not_found")}
    (payment,) = harness.broker.noted(flow.flow_id)
    harness.broker.payments[payment.payment_id] = replace(payment, status=PaymentStatus.SUCCESSFUL)

    harness.clock.pass_by(timedelta(hours=1))
    found = harness.flows.resume(ada, flow.flow_id)

    assert found is not None
    assert found.status is FlowStatus.SUCCESS
