"""Returned deposits act on the transition, whatever comes late, twice or in another order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.events import event_names
from tests.support.funding import BANK, NOW, FakeBankAccount, FundingBench, assert_ledger_agrees
from trading.brokerage.models import AccountStatus, PaymentStatus
from trading.funding.accounts.models import MAX_SETTLED, Pause, TradingAccount
from trading.funding.accounts.pauses import PauseService
from trading.funding.money_flows.models import FlowStatus
from trading.funding.money_flows.outcomes import change_of
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, Unavailable

pytestmark = pytest.mark.usefixtures("aws")


def lift(bench: FundingBench, owner: str) -> None:
    pauses = PauseService(store=bench.accounts, is_known=lambda _: True, clock=bench.clock)
    pauses.lift(owner, Audit("olga", "it was paid"))


def test_a_late_event_after_an_operator_resumed_changes_nothing() -> None:
    bench = FundingBench()
    ada = bench.person()
    flow = bench.report(bench.deposit(ada, 500), PaymentStatus.SUCCESSFUL)
    bench.report(flow, PaymentStatus.RETURNED)
    lift(bench, ada)
    (payment,) = bench.broker.noted(flow.flow_id)
    before = event_names(ada)

    for number, raw in enumerate(("RETURNED", "Returned", "Successful")):
        status = PaymentStatus.SUCCESSFUL if raw == "Successful" else PaymentStatus.RETURNED
        late = replace(payment, status=status, raw_status=raw, fee_cents=number)
        assert bench.flows.apply_event(f"late-{number}", late).status is FlowStatus.RETURNED

    assert bench.account(ada).pauses == frozenset()
    assert event_names(ada) == before
    assert_ledger_agrees(bench, ada)


@pytest.mark.parametrize("others", [0, 1])
def test_the_return_of_a_banks_only_settled_deposit_takes_its_trust_away(others: int) -> None:
    bench = FundingBench(settled_business_days=5)
    bench.banks.accounts[BANK] = FakeBankAccount(linked_at=NOW)
    ada = bench.person(cash_cents=10_000)  # one deposit of this bank settled
    (first,) = bench.account(ada).settled_deposits[BANK]
    for number in range(others):
        bench.clock.pass_by(timedelta(days=1))
        bench.report(bench.deposit(ada, 500, key=f"another-deposit-{number}"), PaymentStatus.SUCCESSFUL)
    bench.clock.moment = NOW + timedelta(days=9)
    found = bench.store.find(ada, first)
    assert found is not None

    bench.report(found, PaymentStatus.RETURNED)
    lift(bench, ada)
    bench.report(bench.deposit(ada, 20_000, key="to-make-up-for-it"), PaymentStatus.SUCCESSFUL)
    bench.broker.withdrawable_cents = 20_000

    if others:
        assert bench.withdraw(ada, 100).status is FlowStatus.PENDING
    else:
        with pytest.raises(Conflict) as refused:
            bench.withdraw(ada, 100)
        assert refused.value.code == "funding_account_on_hold"


def test_a_bank_that_funded_often_keeps_its_first_deposits_alone() -> None:
    account = TradingAccount.shell("ada", NOW)
    for number in range(MAX_SETTLED + 5):
        account = account.with_settled(BANK, f"flow-{number}", NOW + timedelta(days=number))

    assert (len(account.settled_deposits[BANK]), account.settled_since(BANK)) == (MAX_SETTLED, NOW)
    assert account.without_settled(BANK, "flow-0").settled_since(BANK) == NOW + timedelta(days=1)
    assert account.without_settled("another-bank", "flow-0") == account


def test_a_deposit_that_fails_after_it_succeeded_is_a_return() -> None:
    bench = FundingBench()
    ada = bench.person()
    flow = bench.report(bench.deposit(ada, 500), PaymentStatus.SUCCESSFUL)

    after = bench.report(flow, PaymentStatus.FAILED)

    assert (after.status, bench.account(ada).cash_cents) == (FlowStatus.RETURNED, 0)
    assert bench.account(ada).pauses == {Pause.RETURNED_DEPOSIT}
    assert event_names(ada).count("deposit_returned") == 1
    assert_ledger_agrees(bench, ada)


def test_a_withdrawal_that_fails_after_it_succeeded_gives_the_money_back_and_is_alarmed() -> None:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)
    flow = bench.report(bench.withdraw(ada, 4_000), PaymentStatus.SUCCESSFUL)

    after = bench.report(flow, PaymentStatus.FAILED)

    assert (after.status, bench.account(ada).cash_cents) == (FlowStatus.RETURNED, 10_000)
    assert event_names(ada).count("withdrawal_returned") == event_names(ada).count("withdrawal_failed") == 1
    assert_ledger_agrees(bench, ada)


@pytest.mark.parametrize("last", [PaymentStatus.SUCCESSFUL, PaymentStatus.FAILED])
def test_failed_and_successful_in_either_order_end_as_the_broker_has_it(last: PaymentStatus) -> None:
    bench = FundingBench()
    ada = bench.person()
    flow = bench.deposit(ada, 500)
    (payment,) = bench.broker.noted(flow.flow_id)
    bench.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL)
    other = PaymentStatus.FAILED if last is PaymentStatus.SUCCESSFUL else PaymentStatus.SUCCESSFUL

    for number, status in enumerate((other, last, other, last)):
        bench.flows.apply_event(f"event-{number}", replace(payment, status=status))

    assert bench.account(ada).cash_cents == 500
    assert bench.account(ada).pauses == frozenset()
    assert event_names(ada).count("deposit_returned") == 0
    assert_ledger_agrees(bench, ada)


def test_the_days_total_is_given_back_on_its_own_day_alone() -> None:
    bench = FundingBench(max_a_day_cents=10_000)
    ada = bench.person()
    yesterdays = bench.deposit(ada, 10_000)
    bench.clock.pass_by(timedelta(days=1))
    bench.deposit(ada, 6_000, key="the-deposit-of-today")

    bench.report(yesterdays, PaymentStatus.FAILED)

    with pytest.raises(Conflict) as refused:
        bench.deposit(ada, 4_001, key="more-than-today-allows")
    assert refused.value.code == "limit_exceeded"


def test_an_account_without_new_trades_pays_out_and_takes_nothing_in() -> None:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)
    account_id = str(bench.account(ada).broker_account_id)
    for status in (AccountStatus.FROZEN, AccountStatus.OPEN_NO_NEW_TRADES):
        bench.broker.accounts[account_id] = replace(bench.broker.accounts[account_id], status=status)
        bench.account_service.refresh(ada)

    assert bench.account(ada).pauses == frozenset()
    assert bench.account(ada).restriction == "no_new_trades"
    assert bench.withdraw(ada, 4_000).status is FlowStatus.PENDING
    with pytest.raises(Conflict) as refused:
        bench.deposit(ada, 500)
    assert refused.value.code == "account_not_open"


def test_a_second_time_that_a_person_must_look_is_told_again() -> None:
    bench = FundingBench()
    ada = bench.person()

    def down() -> None:
        raise Unavailable("down")

    bench.broker.before = {"create_deposit": down, "list": down}
    flow = bench.deposit(ada, 500)
    bench.resolve_all(ada, flow.flow_id)
    assert event_names(ada).count("outcome_needs_person") == 1

    found = bench.store.find(ada, flow.flow_id)
    assert found is not None
    again = replace(found, due_at=bench.clock.now(), lookups=1, needs_person=False)
    state = bench.store.load(ada, flow.flow_id)
    assert state.account is not None
    bench.store.commit(change_of(state.account, found, again, bench.clock.now()))
    bench.resolve_all(ada, flow.flow_id)

    assert event_names(ada).count("outcome_needs_person") == 2
