"""A process may die before and after every request of a decision about an unknown outcome, or be overtaken by news."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support.banks import BanksBench
from tests.support.crashes import Crashes, Step, cut_in
from tests.support.funding import FundingBench, assert_ledger_agrees, lost
from tests.support.kyc import KycBench
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
    bench = FundingBench()
    service = FlowUnknowns(bench.store, bench.broker, bench.clock)

    def make(arrived: bool) -> Case:
        owner = bench.person(cash_cents=10_000)
        (bench.broker.after if arrived else bench.broker.before)["create_redemption"] = lost(FOREVER)
        bench.broker.before["list"] = down
        flow = bench.withdraw(owner, 4_000)
        bench.resolve_all(owner, flow.flow_id)
        bench.broker.before.clear()
        bench.broker.after.clear()

        def status() -> object:
            assert_ledger_agrees(bench, owner)
            found = bench.store.find(owner, flow.flow_id)
            return found and (found.status, found.attempt, found.needs_person, bench.account(owner).cash_cents)

        return Case(owner, lambda: service.resolve(owner, f"flow#{flow.flow_id}", decided(decision)), status)

    return make


def of_accounts(decision: Decision) -> Make:
    bench = FundingBench()
    service = AccountUnknowns(bench.accounts, bench.broker, bench.clock)
    people = iter(range(10_000))

    def make(arrived: bool) -> Case:
        owner = f"opener-{decision}-{next(people)}"
        (bench.broker.after if arrived else bench.broker.before)["create_account"] = lost(FOREVER)
        bench.account_service.ensure(owner, f"user-of-{owner}")
        bench.broker.before["list_accounts"] = down
        for _ in range(9):
            bench.clock.pass_by(timedelta(days=1))
            bench.account_service.resume(owner)
        bench.broker.before.clear()
        bench.broker.after.clear()

        def status() -> object:
            account = bench.account(owner)
            return account.status, account.opening is None, account.opening and account.opening.needs_person

        return Case(owner, lambda: service.resolve(owner, "account", decided(decision)), status)

    return make


def of_checks(decision: Decision) -> Make:
    bench = KycBench()
    service = KycUnknowns(bench.store, bench.broker, bench.clock)

    def make(arrived: bool) -> Case:
        owner = bench.submitted()
        bench.decide(owner, KycStatus.INFO_REQUIRED)
        bench.decisions.refresh(owner, f"event-of-{owner}")
        (bench.broker.after if arrived else bench.broker.before)["update_user"] = lost(FOREVER)
        bench.forms.submit(owner)
        bench.work()
        bench.broker.before["kyc_status"] = down
        for _ in range(9):
            bench.clock.pass_by(timedelta(days=1))
            bench.decisions.resume(owner)
            bench.work()
        bench.broker.before.clear()
        bench.broker.after.clear()

        def status() -> object:
            record = bench.record(owner)
            return record.status, record.is_sending, record.needs_person, [error.code for error in record.errors]

        return Case(owner, lambda: service.resolve(owner, "kyc#record", decided(decision)), status)

    return make


def of_banks(decision: Decision) -> Make:
    bench = BanksBench()
    service = BankUnknowns(bench.store, bench.broker, bench.clock)

    def make(arrived: bool) -> Case:
        owner = bench.person()
        link_id, (account,) = bench.link(owner, bank=f"The Bank of {owner}")
        (bench.broker.after if arrived else bench.broker.before)["create_bank_account"] = lost(FOREVER)
        with pytest.raises(Conflict):
            bench.service.add(owner, link_id, account.account_id, "Mine")
        funding_account_id = funding_account_id_of(owner, account.account_id)
        bench.broker.before["bank_accounts_of"] = down
        for _ in range(9):
            bench.clock.pass_by(timedelta(days=1))
            bench.service.resume(owner, funding_account_id)
        bench.broker.before.clear()
        bench.broker.after.clear()

        def status() -> object:
            account = bench.of(owner, funding_account_id)
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
    bench = FundingBench()
    service = FlowUnknowns(bench.store, bench.broker, bench.clock)
    owner = bench.person(cash_cents=10_000)
    bench.broker.before["create_redemption"] = lost(FOREVER)
    flow = bench.withdraw(owner, 4_000)
    bench.resolve_all(owner, flow.flow_id)
    bench.broker.before.clear()

    def arrive() -> None:
        bench.broker.redeem(flow.order, key=flow.attempt_id)
        bench.report(flow, PaymentStatus.APPROVED)

    cut_in(monkeypatch, arrive)
    with pytest.raises(Conflict) as refused:
        service.resolve(owner, f"flow#{flow.flow_id}", decided(NEVER))

    assert refused.value.code == "already_resolved"
    found = bench.store.find(owner, flow.flow_id)
    assert found is not None
    assert found.status.value == "approved"
    assert_ledger_agrees(bench, owner)


def test_an_account_that_is_told_of_after_its_opening_began_anew_is_the_only_one() -> None:
    bench = FundingBench()
    service = AccountUnknowns(bench.accounts, bench.broker, bench.clock)
    bench.broker.before["create_account"] = lost(FOREVER)
    bench.account_service.ensure("late", "user-of-late")
    for _ in range(9):
        bench.clock.pass_by(timedelta(days=1))
        bench.account_service.resume("late")
    opening = bench.account("late").opening
    bench.broker.before.clear()
    assert opening is not None
    service.resolve("late", "account", decided(NEVER))

    late = bench.broker.open_account("user-of-late", key=opening.attempt_id)
    bench.account_service.resume("late")
    bench.account_service.apply_event("event-of-late", late.account_id, "late")

    assert bench.account("late").broker_account_id == late.account_id
    assert len(bench.broker.accounts) == 1


def test_a_decision_of_the_broker_that_comes_while_a_form_is_called_lost_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = KycBench()
    service = KycUnknowns(bench.store, bench.broker, bench.clock)
    owner = bench.submitted()
    bench.resolve(owner, timedelta(days=9))
    bench.decide(owner, KycStatus.APPROVED)

    cut_in(monkeypatch, lambda: bench.decisions.refresh(owner, "event-2"))
    with pytest.raises(Conflict):
        service.resolve(owner, "kyc#record", decided(AGAIN))

    assert bench.record(owner).status is KycStatus.APPROVED
