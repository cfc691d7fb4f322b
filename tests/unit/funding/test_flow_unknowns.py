"""Money flows that are left to a person: what an operator decides, and what the broker must say first."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.funding import FundingHarness, assert_ledger_agrees, lost
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


def stuck(harness: FundingHarness, *, arrived: bool = False) -> tuple[str, MoneyFlow]:
    """Return a person and a withdrawal that nobody found out about; it arrived if it must."""
    ada = harness.person(cash_cents=10_000)
    faults = harness.broker.after if arrived else harness.broker.before
    faults["create_redemption"] = gone
    harness.broker.before["list"] = down
    flow = harness.resolve_all(ada, harness.withdraw(ada, 4_000).flow_id)
    harness.broker.before.clear()
    harness.broker.after.clear()
    assert flow is not None
    return ada, flow


def resolve(harness: FundingHarness, flow: MoneyFlow, decision: Decision, reference: str | None = None) -> str:
    service = FlowUnknowns(harness.store, harness.broker, harness.clock)
    return service.resolve(flow.owner, f"flow#{flow.flow_id}", decided(decision, reference))


def flow_of(harness: FundingHarness, flow: MoneyFlow) -> MoneyFlow:
    found = harness.store.find(flow.owner, flow.flow_id)
    assert found is not None
    return found


def test_what_never_arrived_is_failed_and_its_money_is_free() -> None:
    harness = FundingHarness()
    ada, flow = stuck(harness)

    assert resolve(harness, flow, Decision.NEVER_ARRIVED) == "failed"

    assert harness.account(ada).cash_cents == 10_000
    assert unknowns_of(ada) == []
    (audit,) = PersonRow.query(partition(ada), PersonRow.sk.startswith("audit#"))
    assert json.loads(str(audit.document))["action"] == "resolve_unknown"
    assert_ledger_agrees(harness, ada)
    with pytest.raises(Conflict, match="known already"):
        resolve(harness, flow, Decision.NEVER_ARRIVED)


def test_what_the_broker_knows_cannot_be_called_never_arrived() -> None:
    harness = FundingHarness()
    ada, flow = stuck(harness, arrived=True)

    with pytest.raises(Conflict) as refused:
        resolve(harness, flow, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"
    assert flow_of(harness, flow) == flow
    assert harness.account(ada).cash_cents == 6_000


@pytest.mark.parametrize("over", [PaymentStatus.FAILED, PaymentStatus.RETURNED])
def test_a_flow_whose_payment_is_another_is_ended_once_that_payment_is_over(over: PaymentStatus) -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    flow = harness.withdraw(ada, 4_000)
    (payment,) = harness.broker.noted(flow.flow_id)
    harness.broker.payments[payment.payment_id] = replace(payment, currency="EUR", status=PaymentStatus.SUCCESSFUL)
    harness.clock.pass_by(timedelta(minutes=2))
    harness.flows.resume(ada, flow.flow_id)

    for decision in (Decision.NEVER_ARRIVED, Decision.ARRIVED):
        with pytest.raises(Conflict):
            resolve(harness, flow, decision)
    assert (len(unknowns_of(ada)), harness.account(ada).cash_cents) == (1, 6_000)

    harness.broker.move(payment.payment_id, over)
    assert resolve(harness, flow, Decision.NEVER_ARRIVED) == "failed"
    assert (unknowns_of(ada), harness.account(ada).cash_cents) == ([], 10_000)
    assert_ledger_agrees(harness, ada)


@pytest.mark.parametrize("decision", [Decision.NEVER_ARRIVED, Decision.ARRIVED])
def test_nothing_is_decided_while_the_broker_cannot_be_asked(decision: Decision) -> None:
    harness = FundingHarness()
    _, flow = stuck(harness)
    harness.broker.before["list"] = down

    with pytest.raises(Unavailable):
        resolve(harness, flow, decision)

    assert flow_of(harness, flow) == flow


@pytest.mark.parametrize("is_named", [True, False])
def test_what_arrived_is_taken_over_and_followed(is_named: bool) -> None:
    harness = FundingHarness()
    ada, flow = stuck(harness, arrived=True)
    (payment,) = harness.broker.noted(flow.flow_id)

    assert resolve(harness, flow, Decision.ARRIVED, payment.payment_id if is_named else None) == "pending"
    harness.flows.resume(ada, flow.flow_id)

    after = flow_of(harness, flow)
    assert (after.payment_id, after.attempt) == (payment.payment_id, AttemptState.ANSWERED)
    assert after.status is FlowStatus.APPROVED
    assert unknowns_of(ada) == []
    harness.report(flow, PaymentStatus.SUCCESSFUL)
    assert_ledger_agrees(harness, ada)


def test_another_flows_payment_is_not_taken_over() -> None:
    harness = FundingHarness()
    ada, flow = stuck(harness)
    other = harness.withdraw(ada, 4_000, key="the-key-of-another-withdrawal")
    (payment,) = harness.broker.noted(other.flow_id)

    for reference in (payment.payment_id, "payment-of-nobody"):
        with pytest.raises(Conflict) as refused:
            resolve(harness, flow, Decision.ARRIVED, reference)
        assert refused.value.code == "not_at_partner"

    assert flow_of(harness, flow) == flow


def test_a_second_time_that_a_person_is_needed_is_told_again() -> None:
    harness = FundingHarness()
    ada, flow = stuck(harness)
    calls = harness.broker.calls["create_redemption"]

    assert resolve(harness, flow, Decision.LOOK_AGAIN) == "pending"
    assert unknowns_of(ada) == []
    harness.broker.before["list"] = down
    harness.resolve_all(ada, flow.flow_id)

    assert count_events("outcome_needs_person") == 2
    assert len(unknowns_of(ada)) == 1
    assert harness.broker.calls["create_redemption"] == calls


def test_a_look_again_finds_what_arrived_and_sends_nothing() -> None:
    harness = FundingHarness()
    ada, flow = stuck(harness, arrived=True)
    calls = harness.broker.calls["create_redemption"]

    resolve(harness, flow, Decision.LOOK_AGAIN)
    found = harness.flows.resume(ada, flow.flow_id)

    assert found is not None
    assert found.payment_id is not None
    assert harness.broker.calls["create_redemption"] == calls


def test_a_reference_belongs_to_what_arrived_alone() -> None:
    with pytest.raises(InvalidRequest):
        decided(Decision.NEVER_ARRIVED, "payment-1")


def test_what_was_answered_meanwhile_waits_for_nobody() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    harness.broker.after["create_redemption"] = lost()
    flow = harness.withdraw(ada, 4_000)
    harness.clock.pass_by(timedelta(minutes=2))
    harness.flows.resume(ada, flow.flow_id)

    with pytest.raises(Conflict) as refused:
        resolve(harness, flow, Decision.NEVER_ARRIVED)

    assert refused.value.code == "already_resolved"
