"""Money flows that are left to a person: what an operator decides, and what the broker must say first."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.funding import FundingBench, assert_ledger_agrees, lost
from tests.support.unknowns import decided, unknowns_of
from trading.brokerage.models import PaymentStatus
from trading.funding.money_flows.models import AttemptState, FlowStatus, MoneyFlow
from trading.funding.money_flows.unknowns import FlowUnknowns
from trading.platform.errors import Conflict, InvalidRequest, OutcomeUnknown, Unavailable
from trading.platform.outbox import OutboxRow
from trading.platform.people import PersonRow, partition
from trading.platform.unknowns import Decision

pytestmark = pytest.mark.usefixtures("aws")


def gone() -> None:
    raise OutcomeUnknown("lost")


def down() -> None:
    raise Unavailable("down")


def count_events(name: str) -> int:
    return sum(json.loads(str(row.body))["type"] == name for row in OutboxRow.scan())


def stuck(bench: FundingBench, *, arrived: bool = False) -> tuple[str, MoneyFlow]:
    """Return a person and a withdrawal that nobody found out about; it arrived if it must."""
    ada = bench.person(cash_cents=10_000)
    faults = bench.broker.after if arrived else bench.broker.before
    faults["create_redemption"] = gone
    bench.broker.before["list"] = down
    flow = bench.resolve_all(ada, bench.withdraw(ada, 4_000).flow_id)
    bench.broker.before.clear()
    bench.broker.after.clear()
    assert flow is not None
    return ada, flow


def resolve(bench: FundingBench, flow: MoneyFlow, decision: Decision, reference: str | None = None) -> str:
    service = FlowUnknowns(bench.store, bench.broker, bench.clock)
    return service.resolve(flow.owner, f"flow#{flow.flow_id}", decided(decision, reference))


def flow_of(bench: FundingBench, flow: MoneyFlow) -> MoneyFlow:
    found = bench.store.find(flow.owner, flow.flow_id)
    assert found is not None
    return found


def test_what_never_arrived_is_failed_and_its_money_is_free() -> None:
    bench = FundingBench()
    ada, flow = stuck(bench)

    assert resolve(bench, flow, Decision.NEVER_ARRIVED) == "failed"

    assert bench.account(ada).cash_cents == 10_000
    assert unknowns_of(ada) == []
    (audit,) = PersonRow.query(partition(ada), PersonRow.sk.startswith("audit#"))
    assert json.loads(str(audit.document))["action"] == "resolve_unknown"
    assert_ledger_agrees(bench, ada)
    with pytest.raises(Conflict, match="known already"):
        resolve(bench, flow, Decision.NEVER_ARRIVED)


def test_what_the_broker_knows_cannot_be_called_never_arrived() -> None:
    bench = FundingBench()
    ada, flow = stuck(bench, arrived=True)

    with pytest.raises(Conflict) as refused:
        resolve(bench, flow, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"
    assert flow_of(bench, flow) == flow
    assert bench.account(ada).cash_cents == 6_000


@pytest.mark.parametrize("over", [PaymentStatus.FAILED, PaymentStatus.RETURNED])
def test_a_flow_whose_payment_is_another_is_ended_once_that_payment_is_over(over: PaymentStatus) -> None:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)
    flow = bench.withdraw(ada, 4_000)
    (payment,) = bench.broker.noted(flow.flow_id)
    bench.broker.payments[payment.payment_id] = replace(payment, currency="EUR", status=PaymentStatus.SUCCESSFUL)
    bench.clock.pass_by(timedelta(minutes=2))
    bench.flows.resume(ada, flow.flow_id)

    for decision in (Decision.NEVER_ARRIVED, Decision.ARRIVED):
        with pytest.raises(Conflict):
            resolve(bench, flow, decision)
    assert (len(unknowns_of(ada)), bench.account(ada).cash_cents) == (1, 6_000)

    bench.broker.move(payment.payment_id, over)
    assert resolve(bench, flow, Decision.NEVER_ARRIVED) == "failed"
    assert (unknowns_of(ada), bench.account(ada).cash_cents) == ([], 10_000)
    assert_ledger_agrees(bench, ada)


@pytest.mark.parametrize("decision", [Decision.NEVER_ARRIVED, Decision.ARRIVED])
def test_nothing_is_decided_while_the_broker_cannot_be_asked(decision: Decision) -> None:
    bench = FundingBench()
    _, flow = stuck(bench)
    bench.broker.before["list"] = down

    with pytest.raises(Unavailable):
        resolve(bench, flow, decision)

    assert flow_of(bench, flow) == flow


@pytest.mark.parametrize("is_named", [True, False])
def test_what_arrived_is_taken_over_and_followed(is_named: bool) -> None:
    bench = FundingBench()
    ada, flow = stuck(bench, arrived=True)
    (payment,) = bench.broker.noted(flow.flow_id)

    assert resolve(bench, flow, Decision.ARRIVED, payment.payment_id if is_named else None) == "pending"
    bench.flows.resume(ada, flow.flow_id)

    after = flow_of(bench, flow)
    assert (after.payment_id, after.attempt) == (payment.payment_id, AttemptState.ANSWERED)
    assert after.status is FlowStatus.APPROVED
    assert unknowns_of(ada) == []
    bench.report(flow, PaymentStatus.SUCCESSFUL)
    assert_ledger_agrees(bench, ada)


def test_another_flows_payment_is_not_taken_over() -> None:
    bench = FundingBench()
    ada, flow = stuck(bench)
    other = bench.withdraw(ada, 4_000, key="the-key-of-another-withdrawal")
    (payment,) = bench.broker.noted(other.flow_id)

    for reference in (payment.payment_id, "payment-of-nobody"):
        with pytest.raises(Conflict) as refused:
            resolve(bench, flow, Decision.ARRIVED, reference)
        assert refused.value.code == "not_at_partner"

    assert flow_of(bench, flow) == flow


def test_a_second_time_that_a_person_is_needed_is_told_again() -> None:
    bench = FundingBench()
    ada, flow = stuck(bench)
    calls = bench.broker.calls["create_redemption"]

    assert resolve(bench, flow, Decision.LOOK_AGAIN) == "pending"
    assert unknowns_of(ada) == []
    bench.broker.before["list"] = down
    bench.resolve_all(ada, flow.flow_id)

    assert count_events("outcome_needs_person") == 2
    assert len(unknowns_of(ada)) == 1
    assert bench.broker.calls["create_redemption"] == calls


def test_a_look_again_finds_what_arrived_and_sends_nothing() -> None:
    bench = FundingBench()
    ada, flow = stuck(bench, arrived=True)
    calls = bench.broker.calls["create_redemption"]

    resolve(bench, flow, Decision.LOOK_AGAIN)
    found = bench.flows.resume(ada, flow.flow_id)

    assert found is not None
    assert found.payment_id is not None
    assert bench.broker.calls["create_redemption"] == calls


def test_a_reference_belongs_to_what_arrived_alone() -> None:
    with pytest.raises(InvalidRequest):
        decided(Decision.NEVER_ARRIVED, "payment-1")


def test_what_was_answered_meanwhile_waits_for_nobody() -> None:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)
    bench.broker.after["create_redemption"] = lost()
    flow = bench.withdraw(ada, 4_000)
    bench.clock.pass_by(timedelta(minutes=2))
    bench.flows.resume(ada, flow.flow_id)

    with pytest.raises(Conflict) as refused:
        resolve(bench, flow, Decision.NEVER_ARRIVED)

    assert refused.value.code == "already_resolved"
