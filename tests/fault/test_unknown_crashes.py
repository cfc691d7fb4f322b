"""A process may die before and after every request of a decision about an unknown outcome, or be overtaken by news."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support.banks import BanksHarness
from tests.support.crashes import Crashes, Step, cut_in
from tests.support.funding import FundingHarness, assert_ledger_agrees, lost
from tests.support.kyc import KycHarness
from tests.support.unknowns import decided, unknowns_of
from trading.banking.models import funding_account_id_of
from trading.banking.unknowns import BankUnknowns
from trading.brokerage.models import KycStatus, PaymentStatus
from trading.funding.accounts.unknowns import AccountUnknowns
from trading.funding.money_flows.unknowns import FlowUnknowns
from trading.kyc.unknowns import KycUnknowns
from trading.platform.errors import Conflict, Unavailable
from trading.platform.people import PersonRow, partition
from trading.platform.unknowns import Decision

pytestmark = pytest.mark.usefixtures("aws")
FOREVER = 10_000
NEVER, ARRIVED, AGAIN = Decision.NEVER_ARRIVED, Decision.ARRIVED, Decision.LOOK_AGAIN


@dataclass(frozen=True)
class Case:
    """Somebody with an unknown outcome: whose it is, the decision about it, and how the record reads."""

    owner: str
    decide: Step
    status: Callable[[], object]


Make = Callable[[bool], Case]


def down() -> None:
    raise Unavailable("down")


def of_flows(decision: Decision) -> Make:
    harness = FundingHarness()
    service = FlowUnknowns(harness.store, harness.broker, harness.clock)

    def make(arrived: bool) -> Case:
        owner = harness.person(cash_cents=10_000)
        (harness.broker.after if arrived else harness.broker.before)["create_redemption"] = lost(FOREVER)
        harness.broker.before["list"] = down
        flow = harness.withdraw(owner, 4_000)
        harness.resolve_all(owner, flow.flow_id)
        harness.broker.before.clear()
        harness.broker.after.clear()

        def status() -> object:
            assert_ledger_agrees(harness, owner)
            found = harness.store.find(owner, flow.flow_id)
            return found and (found.status, found.attempt, found.needs_person, harness.account(owner).cash_cents)

        return Case(owner, lambda: service.resolve(owner, f"flow#{flow.flow_id}", decided(decision)), status)

    return make


def of_accounts(decision: Decision) -> Make:
    harness = FundingHarness()
    service = AccountUnknowns(harness.accounts, harness.broker, harness.clock)
    people = iter(range(10_000))

    def make(arrived: bool) -> Case:
        owner = f"opener-{decision}-{next(people)}"
        (harness.broker.after if arrived else harness.broker.before)["create_account"] = lost(FOREVER)
        harness.account_service.ensure(owner, f"user-of-{owner}")
        harness.broker.before["list_accounts"] = down
        for _ in range(9):
            harness.clock.pass_by(timedelta(days=1))
            harness.account_service.resume(owner)
        harness.broker.before.clear()
        harness.broker.after.clear()

        def status() -> object:
            account = harness.account(owner)
            return account.status, account.opening is None, account.opening and account.opening.needs_person

        return Case(owner, lambda: service.resolve(owner, "account", decided(decision)), status)

    return make


def of_checks(decision: Decision) -> Make:
    harness = KycHarness()
    service = KycUnknowns(harness.store, harness.broker, harness.clock)

    def make(arrived: bool) -> Case:
        owner = harness.submitted()
        harness.decide(owner, KycStatus.INFO_REQUIRED)
        harness.decisions.refresh(owner, f"event-of-{owner}")
        (harness.broker.after if arrived else harness.broker.before)["update_user"] = lost(FOREVER)
        harness.forms.submit(owner)
        harness.work()
        harness.broker.before["kyc_status"] = down
        for _ in range(9):
            harness.clock.pass_by(timedelta(days=1))
            harness.decisions.resume(owner)
            harness.work()
        harness.broker.before.clear()
        harness.broker.after.clear()

        def status() -> object:
            record = harness.record(owner)
            return record.status, record.is_sending, record.needs_person, [error.code for error in record.errors]

        return Case(owner, lambda: service.resolve(owner, "kyc#record", decided(decision)), status)

    return make


def of_banks(decision: Decision) -> Make:
    harness = BanksHarness()
    service = BankUnknowns(harness.store, harness.broker, harness.clock)

    def make(arrived: bool) -> Case:
        owner = harness.person()
        link_id, (account,) = harness.link(owner, bank=f"The Bank of {owner}")
        (harness.broker.after if arrived else harness.broker.before)["create_bank_account"] = lost(FOREVER)
        with pytest.raises(Conflict):
            harness.service.add(owner, link_id, account.account_id, "Mine")
        funding_account_id = funding_account_id_of(owner, account.account_id)
        harness.broker.before["bank_accounts_of"] = down
        for _ in range(9):
            harness.clock.pass_by(timedelta(days=1))
            harness.service.resume(owner, funding_account_id)
        harness.broker.before.clear()
        harness.broker.after.clear()

        def status() -> object:
            account = harness.of(owner, funding_account_id)
            return account.state, account.needs_person, account.broker_bank_account_id is not None

        sk = f"bank-account#{funding_account_id}"
        return Case(owner, lambda: service.resolve(owner, sk, decided(decision)), status)

    return make


def audits_of(owner: str) -> int:
    rows = PersonRow.query(partition(owner), PersonRow.sk.startswith("audit#"))
    return sum(json.loads(str(row.document))["action"] == "resolve_unknown" for row in rows)


CASES = [(of_flows, NEVER, False), (of_flows, ARRIVED, True), (of_flows, AGAIN, False)]
CASES += [(of_accounts, NEVER, False), (of_accounts, ARRIVED, True), (of_accounts, AGAIN, False)]
CASES += [(of_checks, NEVER, False), (of_checks, ARRIVED, True), (of_checks, AGAIN, False)]
CASES += [(of_banks, NEVER, False), (of_banks, ARRIVED, True), (of_banks, AGAIN, False)]


@pytest.mark.parametrize(("kind", "decision", "arrived"), CASES)
def test_a_decision_that_died_anywhere_is_done_once_when_it_is_made_again(
    kind: Callable[[Decision], Make], decision: Decision, arrived: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, crashes = kind(decision), Crashes(monkeypatch)
    whole = make(arrived)
    places = crashes.count(whole.decide)
    expected = whole.status()
    assert places >= 4

    for place in range(1, places + 1):
        case = make(arrived)
        assert len(unknowns_of(case.owner)) == 1
        crashes.die_at(place, case.decide)
        if unknowns_of(case.owner):
            assert audits_of(case.owner) == 0
            case.decide()
        with pytest.raises(Conflict):
            case.decide()

        assert (case.status(), audits_of(case.owner)) == (expected, 1)
        assert unknowns_of(case.owner) == []


def test_a_payment_that_is_told_of_while_it_is_called_lost_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = FundingHarness()
    service = FlowUnknowns(harness.store, harness.broker, harness.clock)
    owner = harness.person(cash_cents=10_000)
    harness.broker.before["create_redemption"] = lost(FOREVER)
    flow = harness.withdraw(owner, 4_000)
    harness.resolve_all(owner, flow.flow_id)
    harness.broker.before.clear()

    def arrive() -> None:
        harness.broker.redeem(flow.order, key=flow.attempt_id)
        harness.report(flow, PaymentStatus.APPROVED)

    cut_in(monkeypatch, arrive)
    with pytest.raises(Conflict) as refused:
        service.resolve(owner, f"flow#{flow.flow_id}", decided(NEVER))

    assert refused.value.code == "already_resolved"
    found = harness.store.find(owner, flow.flow_id)
    assert found is not None
    assert found.status.value == "approved"
    assert_ledger_agrees(harness, owner)


def test_an_account_that_is_told_of_after_its_opening_began_anew_is_the_only_one() -> None:
    harness = FundingHarness()
    service = AccountUnknowns(harness.accounts, harness.broker, harness.clock)
    harness.broker.before["create_account"] = lost(FOREVER)
    harness.account_service.ensure("late", "user-of-late")
    for _ in range(9):
        harness.clock.pass_by(timedelta(days=1))
        harness.account_service.resume("late")
    opening = harness.account("late").opening
    harness.broker.before.clear()
    assert opening is not None
    service.resolve("late", "account", decided(NEVER))

    late = harness.broker.open_account("user-of-late", key=opening.attempt_id)
    harness.account_service.resume("late")
    harness.account_service.apply_event("event-of-late", late.account_id, "late")

    assert harness.account("late").broker_account_id == late.account_id
    assert len(harness.broker.accounts) == 1


def test_a_decision_of_the_broker_that_comes_while_a_form_is_called_lost_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness = KycHarness()
    service = KycUnknowns(harness.store, harness.broker, harness.clock)
    owner = harness.submitted()
    harness.resolve(owner, timedelta(days=9))
    harness.decide(owner, KycStatus.APPROVED)

    cut_in(monkeypatch, lambda: harness.decisions.refresh(owner, "event-2"))
    with pytest.raises(Conflict):
        service.resolve(owner, "kyc#record", decided(AGAIN))

    assert harness.record(owner).status is KycStatus.APPROVED
