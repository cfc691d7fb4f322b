"""Our ledger against the broker's, and what operators do about a difference."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from infra.catalogue.funding import BROKER_CALLS
from infra.runbooks import ALARMING_METRICS
from tests.support.events import event_names
from tests.support.funding import FundingHarness, always, assert_ledger_agrees
from trading.brokerage.models import AccountStatus, PaymentStatus
from trading.funding.accounts.models import Pause
from trading.funding.reconciliation.models import DiscrepancyStatus
from trading.funding.reconciliation.resolution import ResolutionService
from trading.funding.reconciliation.service import ReconciliationService
from trading.funding.reconciliation.store import DynamoDiscrepancyStore
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, NotFound, Refused, Unavailable
from trading.platform.outbox import OutboxRow

pytestmark = pytest.mark.usefixtures("aws")

BECAUSE = Audit("the-operator", "the broker booked a correction")
STORE = DynamoDiscrepancyStore()


def service_of(harness: FundingHarness) -> ReconciliationService:
    return ReconciliationService(
        accounts=harness.accounts,
        statuses=harness.account_service,
        flows=harness.flows,
        broker=harness.broker,
        store=STORE,
        clock=harness.clock,
    )


def resolution_of(harness: FundingHarness) -> ResolutionService:
    return ResolutionService(accounts=harness.accounts, store=STORE, clock=harness.clock)


def found_events() -> int:
    return sum(json.loads(str(row.body))["type"] == "discrepancy_found" for row in OutboxRow.scan())


def test_books_that_agree_leave_no_record() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)

    assert service_of(harness).reconcile(ada) is None
    assert STORE.page(after=None, limit=10).items == ()


def test_money_reserved_or_on_its_way_is_no_difference() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.withdraw(ada, 4_000)
    harness.deposit(ada, 500)

    assert service_of(harness).reconcile(ada) is None


def test_a_lost_event_is_read_at_the_broker_first() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.deposit(ada, 500)
    harness.broker.move(harness.broker.noted(flow.flow_id)[0].payment_id, PaymentStatus.SUCCESSFUL)
    harness.broker.cash_cents = 10_500

    assert service_of(harness).reconcile(ada) is None
    assert harness.account(ada).cash_cents == 10_500


def test_a_night_asks_the_broker_as_often_as_its_budget_says_however_much_is_in_flight() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=100_000)
    deposits = [harness.deposit(ada, 500, key=f"a-deposit-of-number-{number}") for number in range(30)]
    withdrawals = [harness.withdraw(ada, 500, key=f"a-withdrawal-number-{number}") for number in range(30)]
    for flow in deposits:
        harness.broker.move(harness.broker.noted(flow.flow_id)[0].payment_id, PaymentStatus.SUCCESSFUL)
    harness.broker.cash_cents = 115_000
    harness.broker.calls.clear()

    assert service_of(harness).reconcile(ada) is None

    assert harness.broker.calls.total() == BROKER_CALLS
    assert harness.account(ada).cash_cents == 100_000
    assert set(harness.account(ada).in_flight) == {flow.flow_id for flow in withdrawals}
    assert_ledger_agrees(harness, ada)


def test_a_withdrawal_that_waits_for_its_advisor_at_night_is_approved_by_the_resolver() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.withdraw(ada, 4_000)

    service_of(harness).reconcile(ada)
    assert harness.broker.calls["approve"] == 0
    harness.clock.pass_by(timedelta(minutes=6))
    harness.flows.resume(ada, flow.flow_id)

    assert harness.broker.calls["approve"] == 1


def test_a_broker_that_tells_no_payments_has_the_account_compared_later() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.deposit(ada, 500)
    harness.broker.before["list"] = always(Unavailable("down"))

    with pytest.raises(Unavailable):
        service_of(harness).reconcile(ada)


def test_a_difference_is_one_record_until_both_sides_agree() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.broker.cash_cents = 10_042

    first = service_of(harness).reconcile(ada)
    again = service_of(harness).reconcile(ada)

    assert first is not None
    assert again is not None
    assert first.discrepancy_id == again.discrepancy_id
    assert first.difference_cents == 42
    assert found_events() == 1

    harness.broker.cash_cents = 10_000
    assert service_of(harness).reconcile(ada) is None
    (resolved,) = STORE.page(after=None, limit=10).items
    assert (resolved.status, resolved.resolved_by) == (DiscrepancyStatus.RESOLVED, "reconciliation")
    assert harness.account(ada).discrepancy_id is None


def test_a_difference_is_told_each_time_it_gets_worse() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    seen = []
    for cents in (10_001, 10_001, 10_000 + 5_000_000, 10_002, 9_990, 9_990):
        harness.broker.cash_cents = cents
        service_of(harness).reconcile(ada)
        harness.clock.pass_by(timedelta(days=1))
        seen.append(found_events())

    assert seen == [1, 1, 2, 2, 3, 3]
    assert len(STORE.page(after=None, limit=10).items) == 1


@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_a_lost_freeze_or_closing_is_found_at_night(status: AccountStatus) -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    set_status(harness, ada, status)

    service_of(harness).reconcile(ada)

    assert harness.account(ada).status is status
    assert harness.account(ada).pauses == {Pause.BROKER}
    assert event_names(ada).count("trading_paused") == 1


def test_a_status_that_nobody_knows_is_told_night_after_night() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    set_status(harness, ada, None)

    for _ in range(2):
        service_of(harness).reconcile(ada)

    assert harness.account(ada).status is AccountStatus.OPEN
    assert event_names(ada).count("broker_status_unknown") == 2


def test_an_account_that_the_broker_does_not_know_is_alarmed_and_ends_the_night_in_peace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.broker.accounts.clear()

    def unknown() -> None:
        raise Refused("no", code="not_found")

    harness.broker.before["money"] = unknown
    capsys.readouterr()

    for _ in range(2):
        assert service_of(harness).reconcile(ada) is None

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    counted = Counter(name for line in lines for name in ALARMING_METRICS if name in line)
    assert counted == {"AccountsNotFound": 2, "AccountsWithoutMoney": 2}


def set_status(harness: FundingHarness, owner: str, status: AccountStatus | None) -> None:
    account_id = str(harness.account(owner).broker_account_id)
    harness.broker.accounts[account_id] = replace(harness.broker.accounts[account_id], status=status)


def test_an_operator_closes_a_discrepancy_once() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.broker.cash_cents = 1
    found = service_of(harness).reconcile(ada)
    assert found is not None

    closed = resolution_of(harness).resolve(found.discrepancy_id, BECAUSE)

    assert (closed.status, closed.resolved_by, closed.reason) == ("resolved", BECAUSE.actor, BECAUSE.reason)
    with pytest.raises(Conflict):
        resolution_of(harness).resolve(found.discrepancy_id, BECAUSE)
    with pytest.raises(NotFound):
        resolution_of(harness).resolve("absent", BECAUSE)


def test_pages_of_discrepancies_go_on() -> None:
    harness = FundingHarness()
    people = [harness.person() for _ in range(3)]
    harness.broker.cash_cents = 7
    for owner in people:
        service_of(harness).reconcile(owner)

    first = STORE.page(after=None, limit=2)
    rest = STORE.page(after=first.next_after, limit=2)

    assert {found.owner for found in (*first.items, *rest.items)} == set(people)
    assert (len(first.items), len(rest.items), rest.next_after) == (2, 1, None)
