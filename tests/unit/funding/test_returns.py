"""Returned deposits act on the transition, whatever comes late, twice or in another order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.events import event_names
from tests.support.funding import BANK, NOW, FakeBankAccount, FundingHarness, assert_ledger_agrees
from trading.brokerage.models import AccountStatus, PaymentStatus
from trading.funding.accounts.models import MAX_SETTLED, Pause, TradingAccount
from trading.funding.accounts.pauses import PauseService
from trading.funding.money_flows.models import FlowStatus
from trading.funding.money_flows.outcomes import change_of
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, Unavailable

pytestmark = pytest.mark.usefixtures("aws")


def lift(harness: FundingHarness, owner: str) -> None:
    pauses = PauseService(store=harness.accounts, is_known=lambda _: True, clock=harness.clock)
    pauses.lift(owner, Audit("olga", "it was paid"))


def test_a_late_event_after_an_operator_resumed_changes_nothing() -> None:
    harness = FundingHarness()
    ada = harness.person()
    flow = harness.report(harness.deposit(ada, 500), PaymentStatus.SUCCESSFUL)
    harness.report(flow, PaymentStatus.RETURNED)
    lift(harness, ada)
    (payment,) = harness.broker.noted(flow.flow_id)
    before = event_names(ada)

    for number, raw in enumerate(("RETURNED", "Returned", "Successful")):
        status = PaymentStatus.SUCCESSFUL if raw == "Successful" else PaymentStatus.RETURNED
        late = replace(payment, status=status, raw_status=raw, fee_cents=number)
        assert harness.flows.apply_event(f"late-{number}", late).status is FlowStatus.RETURNED

    assert harness.account(ada).pauses == frozenset()
    assert event_names(ada) == before
    assert_ledger_agrees(harness, ada)


@pytest.mark.parametrize("others", [0, 1])
def test_the_return_of_a_banks_only_settled_deposit_takes_its_trust_away(others: int) -> None:
    harness = FundingHarness(settled_business_days=5)
    harness.banks.accounts[BANK] = FakeBankAccount(linked_at=NOW)
    ada = harness.person(cash_cents=10_000)  # one deposit of this bank settled
    (first,) = harness.account(ada).settled_deposits[BANK]
    for number in range(others):
        harness.clock.pass_by(timedelta(days=1))
        harness.report(harness.deposit(ada, 500, key=f"another-deposit-{number}"), PaymentStatus.SUCCESSFUL)
    harness.clock.moment = NOW + timedelta(days=9)
    found = harness.store.find(ada, first)
    assert found is not None

    harness.report(found, PaymentStatus.RETURNED)
    lift(harness, ada)
    harness.report(harness.deposit(ada, 20_000, key="to-make-up-for-it"), PaymentStatus.SUCCESSFUL)
    harness.broker.withdrawable_cents = 20_000

    if others:
        assert harness.withdraw(ada, 100).status is FlowStatus.PENDING
    else:
        with pytest.raises(Conflict) as refused:
            harness.withdraw(ada, 100)
        assert refused.value.code == "funding_account_on_hold"


def test_a_bank_that_funded_often_keeps_its_first_deposits_alone() -> None:
    account = TradingAccount.shell("ada", NOW)
    for number in range(MAX_SETTLED + 5):
        account = account.with_settled(BANK, f"flow-{number}", NOW + timedelta(days=number))

    assert (len(account.settled_deposits[BANK]), account.settled_since(BANK)) == (MAX_SETTLED, NOW)
    assert account.without_settled(BANK, "flow-0").settled_since(BANK) == NOW + timedelta(days=1)
    assert account.without_settled("another-bank", "flow-0") == account


def test_a_deposit_that_fails_after_it_succeeded_is_a_return() -> None:
    harness = FundingHarness()
    ada = harness.person()
    flow = harness.report(harness.deposit(ada, 500), PaymentStatus.SUCCESSFUL)

    after = harness.report(flow, PaymentStatus.FAILED)

    assert (after.status, harness.account(ada).cash_cents) == (FlowStatus.RETURNED, 0)
    assert harness.account(ada).pauses == {Pause.RETURNED_DEPOSIT}
    assert event_names(ada).count("deposit_returned") == 1
    assert_ledger_agrees(harness, ada)


def test_a_withdrawal_that_fails_after_it_succeeded_gives_the_money_back_and_is_alarmed() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.report(harness.withdraw(ada, 4_000), PaymentStatus.SUCCESSFUL)

    after = harness.report(flow, PaymentStatus.FAILED)

    assert (after.status, harness.account(ada).cash_cents) == (FlowStatus.RETURNED, 10_000)
    assert event_names(ada).count("withdrawal_returned") == event_names(ada).count("withdrawal_failed") == 1
    assert_ledger_agrees(harness, ada)


@pytest.mark.parametrize("last", [PaymentStatus.SUCCESSFUL, PaymentStatus.FAILED])
def test_failed_and_successful_in_either_order_end_as_the_broker_has_it(last: PaymentStatus) -> None:
    harness = FundingHarness()
    ada = harness.person()
    flow = harness.deposit(ada, 500)
    (payment,) = harness.broker.noted(flow.flow_id)
    harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL)
    other = PaymentStatus.FAILED if last is PaymentStatus.SUCCESSFUL else PaymentStatus.SUCCESSFUL

    for number, status in enumerate((other, last, other, last)):
        harness.flows.apply_event(f"event-{number}", replace(payment, status=status))

    assert harness.account(ada).cash_cents == 500
    assert harness.account(ada).pauses == frozenset()
    assert event_names(ada).count("deposit_returned") == 0
    assert_ledger_agrees(harness, ada)


def test_the_days_total_is_given_back_on_its_own_day_alone() -> None:
    harness = FundingHarness(max_a_day_cents=10_000)
    ada = harness.person()
    yesterdays = harness.deposit(ada, 10_000)
    harness.clock.pass_by(timedelta(days=1))
    harness.deposit(ada, 6_000, key="the-deposit-of-today")

    harness.report(yesterdays, PaymentStatus.FAILED)

    with pytest.raises(Conflict) as refused:
        harness.deposit(ada, 4_001, key="more-than-today-allows")
    assert refused.value.code == "limit_exceeded"


def test_an_account_without_new_trades_pays_out_and_takes_nothing_in() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    account_id = str(harness.account(ada).broker_account_id)
    for status in (AccountStatus.FROZEN, AccountStatus.OPEN_NO_NEW_TRADES):
        harness.broker.accounts[account_id] = replace(harness.broker.accounts[account_id], status=status)
        harness.account_service.refresh(ada)

    assert harness.account(ada).pauses == frozenset()
    assert harness.account(ada).restriction == "no_new_trades"
    assert harness.withdraw(ada, 4_000).status is FlowStatus.PENDING
    with pytest.raises(Conflict) as refused:
        harness.deposit(ada, 500)
    assert refused.value.code == "account_not_open"


def test_a_second_time_that_a_person_must_look_is_told_again() -> None:
    harness = FundingHarness()
    ada = harness.person()

    def down() -> None:
        raise Unavailable("down")

    harness.broker.before = {"create_deposit": down, "list": down}
    flow = harness.deposit(ada, 500)
    harness.resolve_all(ada, flow.flow_id)
    assert event_names(ada).count("outcome_needs_person") == 1

    found = harness.store.find(ada, flow.flow_id)
    assert found is not None
    again = replace(found, due_at=harness.clock.now(), lookups=1, needs_person=False)
    state = harness.store.load(ada, flow.flow_id)
    assert state.account is not None
    harness.store.commit(change_of(state.account, found, again, harness.clock.now()))
    harness.resolve_all(ada, flow.flow_id)

    assert event_names(ada).count("outcome_needs_person") == 2
