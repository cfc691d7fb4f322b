"""A withdrawal is approved only while its flow is open and nothing pauses it; else it is rejected and ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.crashes import cut_in
from tests.support.events import event_names
from tests.support.funding import FundingBench, assert_ledger_agrees
from tests.support.stops import stop_money
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


def asked() -> tuple[FundingBench, str, MoneyFlow]:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)
    return bench, ada, bench.withdraw(ada, 4_000)


def pauses_of(bench: FundingBench) -> PauseService:
    return PauseService(store=bench.accounts, clock=bench.clock, is_known=lambda _: True)


def never_arrived(bench: FundingBench, flow: MoneyFlow) -> None:
    """Have a flow fail here while the broker has it, as an operator's wrong word or a lost refusal may do."""
    state = bench.store.load(flow.owner, flow.flow_id)
    assert state.flow is not None
    assert state.account is not None
    refused = state.flow.refused(NEVER_ARRIVED, bench.clock.now())
    bench.store.commit(change_of(state.account, state.flow, refused, bench.clock.now()))


def assert_rejected(bench: FundingBench, owner: str, flow: MoneyFlow) -> None:
    (payment,) = bench.broker.noted(flow.flow_id)
    found = bench.store.find(owner, flow.flow_id)
    assert found is not None
    assert payment.status is PaymentStatus.FAILED
    assert (found.status, found.due_at) == (FlowStatus.FAILED, None)
    assert bench.broker.calls["approve"] == 0
    assert bench.account(owner).cash_cents == 10_000
    assert bench.account(owner).in_flight == {}
    assert_ledger_agrees(bench, owner)


def test_a_paused_withdrawal_is_rejected_at_the_broker_and_ends() -> None:
    bench, ada, flow = asked()
    pauses_of(bench).pause(ada, BECAUSE)

    ended = bench.report(flow, WAITS)

    assert ended.error is not None
    assert ended.error.code == "cancelled"
    assert_rejected(bench, ada, flow)
    assert event_names(ada).count("withdrawal_failed") == 1


def test_after_a_returned_deposit_a_waiting_withdrawal_is_rejected() -> None:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)
    deposit = bench.report(bench.deposit(ada, 500), PaymentStatus.SUCCESSFUL)
    flow = bench.withdraw(ada, 4_000)
    bench.report(deposit, PaymentStatus.RETURNED)

    bench.report(flow, WAITS)

    assert bench.account(ada).pauses == {Pause.RETURNED_DEPOSIT}
    assert_rejected(bench, ada, flow)


def test_what_failed_already_is_rejected_and_the_money_is_given_back_once() -> None:
    bench, ada, flow = asked()
    never_arrived(bench, flow)
    assert bench.account(ada).cash_cents == 10_000

    for number in range(2):
        bench.report(flow, WAITS, event_id=f"late-{number}")

    assert bench.broker.calls["reject"] >= 1
    assert event_names(ada).count("withdrawal_failed") == 1
    assert bench.broker.calls["approve"] == 0
    assert bench.account(ada).cash_cents == 10_000
    assert_ledger_agrees(bench, ada)


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("lost")])
def test_a_rejection_that_got_lost_is_said_again_even_after_the_pause(error: Exception) -> None:
    bench, ada, flow = asked()
    pauses_of(bench).pause(ada, BECAUSE)

    def fail() -> None:
        raise error

    bench.broker.before["reject"] = fail
    waiting = bench.report(flow, WAITS)
    assert (waiting.status, bench.account(ada).reserved_cents) == (FlowStatus.PENDING, 4_000)
    bench.broker.before.clear()
    pauses_of(bench).lift(ada, BECAUSE)

    bench.clock.pass_by(timedelta(minutes=5))
    bench.flows.resume(ada, flow.flow_id)

    assert_rejected(bench, ada, flow)


def test_a_rejection_that_the_broker_refuses_follows_what_it_did_instead() -> None:
    bench, ada, flow = asked()
    pauses_of(bench).pause(ada, BECAUSE)
    (payment,) = bench.broker.noted(flow.flow_id)
    bench.broker.before["reject"] = lambda: bench.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL) and None

    ended = bench.report(flow, WAITS)

    assert (ended.status, bench.account(ada).cash_cents) == (FlowStatus.SUCCESS, 6_000)
    assert_ledger_agrees(bench, ada)


def test_a_pause_right_before_the_approval_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    bench, ada, flow = asked()
    (payment,) = bench.broker.noted(flow.flow_id)
    cut_in(monkeypatch, lambda: pauses_of(bench).pause(ada, BECAUSE))

    bench.flows.apply_event("racing", payment)

    assert_rejected(bench, ada, flow)


def test_while_money_is_stopped_a_waiting_withdrawal_is_neither_approved_nor_rejected() -> None:
    bench, ada, flow = asked()
    stop_money(stopped=True)
    bench.report(flow, WAITS)
    for _ in range(20 * 24):
        bench.clock.pass_by(timedelta(hours=1))
        bench.flows.resume(ada, flow.flow_id)
    assert bench.broker.calls["approve"] == bench.broker.calls["reject"] == 0
    assert event_names(ada).count("outcome_needs_person") == 0

    stop_money(stopped=False)
    bench.clock.pass_by(timedelta(hours=1))
    found = bench.flows.resume(ada, flow.flow_id)

    assert found is not None
    assert (found.status, bench.broker.calls["approve"]) == (FlowStatus.APPROVED, 1)


def test_an_approval_is_written_before_it_is_said() -> None:
    bench, ada, flow = asked()

    def find_intent() -> None:
        written = bench.store.find(ada, flow.flow_id)
        assert written is not None
        assert (written.awaits_approval, written.due_at is not None) == (True, True)

    bench.broker.before["approve"] = find_intent

    assert bench.report(flow, WAITS).status is FlowStatus.APPROVED


def test_a_broker_that_knows_the_payment_no_more_is_looked_at_until_a_person_must() -> None:
    bench, ada, flow = asked()
    bench.broker.before["approve"] = lambda: refuse("refused")
    bench.report(flow, WAITS)
    bench.broker.payments.clear()

    last = bench.resolve_all(ada, flow.flow_id)

    assert last is not None
    assert (last.status, last.needs_person, last.due_at) == (FlowStatus.PENDING, True, None)
    assert event_names(ada).count("outcome_needs_person") == 1
    assert bench.broker.calls["create_redemption"] == 1


def refuse(code: str) -> None:
    raise Refused("no", code=code)


@pytest.mark.parametrize("operation", ["get_payment", "list"])
@pytest.mark.parametrize("error", [Refused("no", code="not_found"), Unavailable("down"), OutcomeUnknown("lost")])
def test_no_answer_keeps_the_resolver_from_going_on(operation: str, error: Exception) -> None:
    bench, ada, flow = asked()
    bench.broker.before["approve"] = lambda: refuse("refused")
    bench.report(flow, WAITS)

    def fail() -> None:
        raise error

    bench.broker.before["get_payment"] = fail
    bench.broker.before[operation] = fail

    last = bench.resolve_all(ada, flow.flow_id)

    assert last is not None
    assert last.needs_person


def test_a_flow_that_is_found_by_its_note_though_not_by_its_id_goes_on() -> None:
    bench, ada, flow = asked()
    bench.broker.before["approve"] = lambda: refuse("refused")
    bench.report(flow, WAITS)
    bench.broker.before = {"get_payment": lambda: refuse("not_found")}
    (payment,) = bench.broker.noted(flow.flow_id)
    bench.broker.payments[payment.payment_id] = replace(payment, status=PaymentStatus.SUCCESSFUL)

    bench.clock.pass_by(timedelta(hours=1))
    found = bench.flows.resume(ada, flow.flow_id)

    assert found is not None
    assert found.status is FlowStatus.SUCCESS
