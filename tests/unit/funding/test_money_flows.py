"""Deposits and withdrawals: what is asked, what the broker says, and where the money is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.funding import BANK, NOW, FakeBankAccount, FundingHarness, assert_ledger_agrees, lost, request
from tests.support.unknowns import unknowns_of
from trading.brokerage.models import Direction, PaymentStatus
from trading.funding.accounts.models import Pause
from trading.funding.accounts.pauses import PauseService
from trading.funding.errors import ForeignEvent
from trading.funding.money_flows.models import FlowStatus
from trading.ledger.models import LedgerAccount
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, KeyReused, NotFound, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

UP, DOWN = Direction.DEPOSIT, Direction.WITHDRAWAL


def raise_error(error: Exception) -> None:
    raise error


def test_a_deposit_is_pending_until_the_broker_calls_it_successful() -> None:
    harness = FundingHarness()
    ada = harness.person()

    flow = harness.deposit(ada, 10_050)

    assert flow.status is FlowStatus.PENDING
    assert harness.account(ada).cash_cents == 0
    assert harness.account(ada).pending_cents() == 10_050
    assert assert_ledger_agrees(harness, ada)[LedgerAccount.BANK_IN_TRANSIT] == 10_050

    flow = harness.report(flow, PaymentStatus.SUCCESSFUL)

    assert flow.status is FlowStatus.SUCCESS
    assert [step.status for step in flow.timeline] == [FlowStatus.PENDING, FlowStatus.SUCCESS]
    assert harness.account(ada).cash_cents == 10_050
    assert harness.account(ada).in_flight == {}
    assert assert_ledger_agrees(harness, ada)[LedgerAccount.BANK_IN_TRANSIT] == 0


def test_an_approved_deposit_is_held() -> None:
    harness = FundingHarness()
    ada = harness.person()

    harness.report(harness.deposit(ada, 500), PaymentStatus.APPROVED)

    assert assert_ledger_agrees(harness, ada)[LedgerAccount.CASH_HELD] == 500
    assert harness.account(ada).cash_cents == 0


def test_the_broker_is_given_our_id_as_note_and_the_attempt_as_key() -> None:
    harness = FundingHarness()

    flow = harness.deposit(harness.person(), 500)

    (payment,) = harness.broker.noted(flow.flow_id)
    assert harness.broker.by_key[flow.attempt_id] == payment.payment_id


def test_a_withdrawal_is_reserved_at_once_approved_by_us_and_paid_out() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)

    flow = harness.withdraw(ada, 4_000)

    assert harness.account(ada).cash_cents == 6_000
    assert harness.account(ada).broker_cash_cents == 10_000

    flow = harness.report(flow, PaymentStatus.AWAITING_ADVISOR)
    assert harness.broker.calls["approve"] == 1
    assert flow.status is FlowStatus.APPROVED

    flow = harness.report(flow, PaymentStatus.SUCCESSFUL)
    assert flow.status is FlowStatus.SUCCESS
    assert harness.account(ada).cash_cents == 6_000
    assert harness.account(ada).broker_cash_cents == 6_000
    assert_ledger_agrees(harness, ada)


def test_a_fee_of_the_broker_is_taken_from_the_cash() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.withdraw(ada, 4_000)
    (payment,) = harness.broker.noted(flow.flow_id)
    harness.broker.payments[payment.payment_id] = replace(payment, fee_cents=25)

    flow = harness.report(flow, PaymentStatus.SUCCESSFUL)

    assert flow.fee_cents == 25
    assert harness.account(ada).cash_cents == 5_975
    assert assert_ledger_agrees(harness, ada)[LedgerAccount.FEES] == 25


@pytest.mark.parametrize("status", [PaymentStatus.FAILED, PaymentStatus.RETURNED])
def test_a_withdrawal_that_comes_to_nothing_gives_the_money_back(status: PaymentStatus) -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)

    flow = harness.report(harness.withdraw(ada, 4_000), status)

    assert flow.error is not None
    assert harness.account(ada).cash_cents == 10_000
    assert harness.account(ada).pauses == frozenset()
    assert_ledger_agrees(harness, ada)


def test_a_withdrawal_takes_no_more_than_there_is_to_the_cent() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)

    with pytest.raises(Conflict, match="not enough") as refused:
        harness.withdraw(ada, 10_001, key="one-cent-too-many")
    assert refused.value.code == "insufficient_funds"

    assert harness.withdraw(ada, 10_000).status is FlowStatus.PENDING


def test_two_withdrawals_of_80_percent_let_one_through() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.withdraw(ada, 8_000)

    with pytest.raises(Conflict, match="not enough"):
        harness.withdraw(ada, 8_000, key="the-second-withdrawal")


def test_the_brokers_withdrawable_cash_counts_less_what_is_asked_for() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.broker.withdrawable_cents = 5_000
    harness.withdraw(ada, 3_000)

    with pytest.raises(Conflict, match="not enough"):
        harness.withdraw(ada, 2_001, key="beyond-the-withdrawable")
    harness.withdraw(ada, 2_000, key="up-to-the-withdrawable")


def test_a_deposit_counts_what_is_on_its_way_from_the_same_bank() -> None:
    harness = FundingHarness()
    harness.banks.accounts[BANK] = FakeBankAccount(balance_cents=10_000)
    ada = harness.person()
    harness.deposit(ada, 8_000)

    with pytest.raises(Conflict) as refused:
        harness.deposit(ada, 8_000, key="the-second-deposit")

    assert refused.value.code == "insufficient_funds"


def test_a_bank_without_a_balance_refuses_politely() -> None:
    harness = FundingHarness()
    harness.banks.accounts[BANK] = FakeBankAccount(balance_cents=None)

    with pytest.raises(Conflict) as refused:
        harness.deposit(harness.person(), 100)

    assert refused.value.code == "insufficient_funds"


@pytest.mark.parametrize("direction", list(Direction))
def test_a_day_has_its_limit_each_way(direction: Direction) -> None:
    harness = FundingHarness(max_a_day_cents=10_000)
    ada = harness.person(cash_cents=10_000)
    harness.clock.pass_by(timedelta(days=1))
    start = harness.deposit if direction is UP else harness.withdraw
    start(ada, 6_000, key="first-of-the-day")

    with pytest.raises(Conflict) as refused:
        start(ada, 4_001, key="beyond-the-limit-of-the-day")
    assert refused.value.code == "limit_exceeded"

    start(ada, 4_000, key="up-to-the-limit-of-the-day")
    harness.clock.pass_by(timedelta(days=1))
    if direction is UP:
        start(ada, 10_000, key="on-the-next-day")


def test_a_failed_deposit_frees_the_days_limit() -> None:
    harness = FundingHarness(max_a_day_cents=10_000)
    ada = harness.person()
    harness.report(harness.deposit(ada, 10_000), PaymentStatus.FAILED)

    assert harness.deposit(ada, 10_000, key="a-second-attempt").status is FlowStatus.PENDING


def test_a_replay_answers_the_same_flow() -> None:
    harness = FundingHarness()
    ada = harness.person()
    first, _ = harness.flows.start(request(ada, UP, 500))

    again, replayed = harness.flows.start(request(ada, UP, 500))

    assert replayed
    assert again.flow_id == first.flow_id
    assert harness.broker.calls["create_deposit"] == 1


def test_a_key_belongs_to_one_request() -> None:
    harness = FundingHarness()
    ada = harness.person()
    harness.flows.start(request(ada, UP, 500))

    with pytest.raises(KeyReused):
        harness.flows.start(request(ada, UP, 501))


def test_a_key_belongs_to_its_caller_and_direction() -> None:
    harness = FundingHarness()
    ada, bob = harness.person(cash_cents=1_000), harness.person()

    asked = ((ada, UP), (bob, UP), (ada, DOWN))
    ids = {harness.flows.start(request(owner, direction, 500))[0].flow_id for owner, direction in asked}

    assert len(ids) == 3


def test_a_lost_answer_stays_pending_and_is_found_by_its_note() -> None:
    harness = FundingHarness()
    ada = harness.person()
    harness.broker.after["create_deposit"] = lost()

    flow = harness.deposit(ada, 500)
    assert (flow.status, flow.payment_id) == (FlowStatus.PENDING, None)

    harness.clock.pass_by(timedelta(minutes=2))
    found = harness.flows.resume(ada, flow.flow_id)

    assert found is not None
    assert found.payment_id == harness.broker.noted(flow.flow_id)[0].payment_id
    assert harness.broker.calls["create_deposit"] == 1
    assert found.due_at is None


def test_what_never_arrived_is_sent_again_under_the_same_key() -> None:
    harness = FundingHarness()
    ada = harness.person()
    harness.broker.before["create_deposit"] = lost()
    flow = harness.deposit(ada, 500)

    harness.clock.pass_by(timedelta(minutes=2))
    harness.flows.resume(ada, flow.flow_id)

    assert harness.broker.calls["create_deposit"] == 2
    assert list(harness.broker.by_key)[-1] == flow.attempt_id
    assert len(harness.broker.noted(flow.flow_id)) == 1


def test_after_95_hours_nothing_is_sent_again() -> None:
    harness = FundingHarness()
    ada = harness.person()
    harness.broker.before["create_deposit"] = lost(times=100)
    harness.broker.before["list"] = lambda: raise_error(Unavailable("down"))
    flow = harness.deposit(ada, 500)
    harness.clock.pass_by(timedelta(hours=95))
    harness.broker.before.clear()

    harness.flows.resume(ada, flow.flow_id)

    assert harness.broker.calls["create_deposit"] == 1
    assert harness.broker.payments == {}


def test_a_flow_that_nobody_can_find_out_is_left_to_a_person_and_keeps_the_money() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.broker.before["create_redemption"] = lost(times=100)
    flow = harness.withdraw(ada, 4_000)

    last = harness.resolve_all(ada, flow.flow_id)

    assert last is not None
    assert (last.status, last.needs_person, last.due_at) == (FlowStatus.PENDING, True, None)
    assert harness.account(ada).cash_cents == 6_000
    assert [unknown.record_id for unknown in unknowns_of(ada)] == [flow.flow_id]


def test_a_refusal_fails_the_flow_with_a_reason_in_our_words() -> None:
    harness = FundingHarness()
    ada = harness.person()
    harness.broker.before["create_deposit"] = lambda: raise_error(Refused("theirs", code="limit_exceeded"))

    flow = harness.deposit(ada, 500)

    assert flow.status is FlowStatus.FAILED
    assert flow.error is not None
    assert flow.error.code == "limit_exceeded"
    assert "theirs" not in flow.error.message
    assert assert_ledger_agrees(harness, ada)[LedgerAccount.BANK_IN_TRANSIT] == 0


def test_a_dead_processor_token_flags_the_bank_account() -> None:
    harness = FundingHarness()
    harness.broker.before["create_deposit"] = lambda: raise_error(Refused("theirs", code="bank_needs_reauth"))

    harness.deposit(harness.person(), 500)

    assert harness.banks.flagged == [BANK]


@pytest.mark.parametrize("raw", ["Unknown", "", "Sideways"])
def test_a_status_that_nobody_knows_moves_nothing(raw: str) -> None:
    harness = FundingHarness()
    ada = harness.person()
    flow = harness.deposit(ada, 500)
    (payment,) = harness.broker.noted(flow.flow_id)

    after = harness.flows.apply_event("strange", replace(payment, status=None, raw_status=raw))

    assert after.status is FlowStatus.PENDING
    assert harness.account(ada).pending_cents() == 500


def test_a_late_pending_undoes_nothing() -> None:
    harness = FundingHarness()
    ada = harness.person()
    flow = harness.report(harness.deposit(ada, 500), PaymentStatus.SUCCESSFUL)
    (payment,) = harness.broker.noted(flow.flow_id)

    after = harness.flows.apply_event("late", replace(payment, status=PaymentStatus.PENDING))

    assert after.status is FlowStatus.SUCCESS
    assert harness.account(ada).cash_cents == 500


def test_a_returned_deposit_takes_the_cash_and_pauses() -> None:
    harness = FundingHarness()
    ada = harness.person()
    flow = harness.report(harness.deposit(ada, 500), PaymentStatus.SUCCESSFUL)
    harness.clock.pass_by(timedelta(days=60))

    flow = harness.report(flow, PaymentStatus.RETURNED)

    assert flow.status is FlowStatus.RETURNED
    assert harness.account(ada).cash_cents == 0
    assert harness.account(ada).pauses == {Pause.RETURNED_DEPOSIT}
    assert_ledger_agrees(harness, ada)


def test_what_a_returned_deposit_cannot_take_is_owed_and_paid_by_the_next_one() -> None:
    harness = FundingHarness()
    ada = harness.person()
    first = harness.report(harness.deposit(ada, 10_000), PaymentStatus.SUCCESSFUL)
    harness.broker.withdrawable_cents = 10_000
    harness.report(harness.withdraw(ada, 7_000), PaymentStatus.SUCCESSFUL)

    harness.report(first, PaymentStatus.RETURNED)
    assert (harness.account(ada).cash_cents, harness.account(ada).owed_cents) == (0, 7_000)
    assert harness.account(ada).broker_cash_cents == -7_000

    harness.report(harness.deposit(ada, 9_000, key="to-make-up-for-it"), PaymentStatus.SUCCESSFUL)
    assert (harness.account(ada).cash_cents, harness.account(ada).owed_cents) == (2_000, 0)
    assert_ledger_agrees(harness, ada)


def test_after_a_return_withdrawals_pause_and_deposits_stay_open() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.deposit(ada, 500)
    harness.report(flow, PaymentStatus.SUCCESSFUL)
    harness.report(flow, PaymentStatus.RETURNED)

    with pytest.raises(Conflict) as refused:
        harness.withdraw(ada, 100)
    assert refused.value.code == "trading_paused"
    assert harness.deposit(ada, 100, key="still-welcome-here").status is FlowStatus.PENDING


def test_a_foreign_payment_is_told_apart() -> None:
    harness = FundingHarness()
    ada = harness.person()
    flow = harness.deposit(ada, 500)
    (payment,) = harness.broker.noted(flow.flow_id)

    with pytest.raises(ForeignEvent):
        harness.flows.apply_event("foreign", replace(payment, payment_id="theirs", note="not-ours"))


def test_a_redemption_of_somebody_else_is_never_approved() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.withdraw(ada, 500)
    (payment,) = harness.broker.noted(flow.flow_id)
    theirs = replace(payment, payment_id="theirs", note=None)
    harness.broker.payments["theirs"] = theirs

    with pytest.raises(ForeignEvent):
        harness.flows.apply_event("foreign", theirs)

    assert harness.broker.calls["approve"] == 0


def test_a_redemption_event_without_note_is_read_at_the_broker() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.withdraw(ada, 500)
    (payment,) = harness.broker.noted(flow.flow_id)

    after = harness.flows.apply_event("bare", replace(payment, note=None, cents=0))

    assert after.flow_id == flow.flow_id
    assert after.status is FlowStatus.APPROVED


def test_a_redemption_that_moved_before_our_approval_is_read_again() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.withdraw(ada, 500)
    (payment,) = harness.broker.noted(flow.flow_id)
    harness.broker.before["approve"] = lambda: (
        harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL) and None
    )

    after = harness.flows.apply_event("moved", payment)

    assert after.status is FlowStatus.SUCCESS


def test_a_withdrawal_waits_until_its_bank_account_is_trusted() -> None:
    harness = FundingHarness(settled_business_days=5)
    harness.banks.accounts[BANK] = FakeBankAccount(linked_at=NOW)
    ada = harness.person(cash_cents=10_000)

    with pytest.raises(Conflict) as refused:
        harness.withdraw(ada, 100)
    assert refused.value.code == "funding_account_on_hold"

    harness.clock.moment = NOW + timedelta(days=7)  # five business days
    assert harness.withdraw(ada, 100).status is FlowStatus.PENDING


def test_an_account_that_was_linked_long_ago_is_trusted() -> None:
    harness = FundingHarness(settled_business_days=5)
    harness.banks.accounts[BANK] = FakeBankAccount(linked_at=NOW - timedelta(days=10))
    ada = harness.person(cash_cents=10_000)

    assert harness.withdraw(ada, 100).status is FlowStatus.PENDING


def test_a_bank_account_that_is_unlinked_meanwhile_takes_no_deposit() -> None:
    harness = FundingHarness()
    ada = harness.person()
    harness.banks.accounts["c" * 32] = FakeBankAccount(funding_account_id="c" * 32)

    with pytest.raises(NotFound):
        harness.flows.start(request(ada, UP, 500, bank="c" * 32))

    assert harness.broker.payments == {}
    assert harness.account(ada).in_flight == {}


def test_a_return_cancels_withdrawals_that_never_left() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    deposit = harness.report(harness.deposit(ada, 500), PaymentStatus.SUCCESSFUL)
    harness.broker.before["create_redemption"] = lambda: raise_error(Unavailable("down"))
    withdrawal = harness.withdraw(ada, 4_000)

    harness.report(deposit, PaymentStatus.RETURNED)

    found = harness.store.find(ada, withdrawal.flow_id)
    assert found is not None
    assert found.status is FlowStatus.FAILED
    assert found.error is not None
    assert found.error.code == "cancelled"
    assert harness.account(ada).cash_cents == 10_000
    assert_ledger_agrees(harness, ada)


def test_a_paused_account_sends_no_withdrawal_again() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.broker.before["create_redemption"] = lambda: raise_error(Unavailable("down"))
    withdrawal = harness.withdraw(ada, 4_000)
    harness.broker.before.clear()
    pauses = PauseService(store=harness.accounts, is_known=lambda _: True, clock=harness.clock)
    pauses.pause(ada, Audit("operator", "a call"))

    harness.clock.pass_by(timedelta(minutes=2))
    found = harness.flows.resume(ada, withdrawal.flow_id)

    assert found is not None
    assert found.status is FlowStatus.FAILED
    assert harness.broker.noted(withdrawal.flow_id) == []


def test_a_withdrawal_that_may_be_out_is_not_cancelled() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    deposit = harness.report(harness.deposit(ada, 500), PaymentStatus.SUCCESSFUL)
    harness.broker.before["create_redemption"] = lambda: raise_error(Unavailable("down"))
    withdrawal = harness.withdraw(ada, 4_000)
    harness.broker.before["create_redemption"] = lost(times=100)
    harness.clock.pass_by(timedelta(minutes=2))
    harness.flows.resume(ada, withdrawal.flow_id)

    harness.report(deposit, PaymentStatus.RETURNED)

    found = harness.store.find(ada, withdrawal.flow_id)
    assert found is not None
    assert found.status is FlowStatus.PENDING
    assert harness.account(ada).reserved_cents == 4_000
