"""An event must agree with its money flow in whatever it names; else nothing moves, and it is alarmed."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.events import event_names
from tests.support.funding import FundingHarness, assert_ledger_agrees
from trading.brokerage.models import BrokerPayment, Direction, PaymentStatus
from trading.funding.errors import DisagreeingEvent
from trading.funding.money_flows.models import FlowStatus, MoneyFlow

pytestmark = pytest.mark.usefixtures("aws")

UP, DOWN = Direction.DEPOSIT, Direction.WITHDRAWAL
OTHERS: tuple[dict[str, Any], ...] = (
    {"account_id": "another-account"},
    {"currency": "EUR"},
    {"cents": 499},
    {"cents": 50_000},
    {"payment_id": "a-second-payment"},
)


def asked(harness: FundingHarness, direction: Direction) -> tuple[str, MoneyFlow, BrokerPayment]:
    ada = harness.person(cash_cents=10_000)
    flow = harness.deposit(ada, 500) if direction is UP else harness.withdraw(ada, 500)
    (payment,) = harness.broker.noted(flow.flow_id)
    return ada, flow, payment


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("status", [PaymentStatus.SUCCESSFUL, PaymentStatus.FAILED, PaymentStatus.RETURNED])
def test_a_deposits_event_that_disagrees_moves_nothing(other: dict[str, Any], status: PaymentStatus) -> None:
    harness = FundingHarness()
    ada, flow, payment = asked(harness, UP)
    before = harness.account(ada)

    for _ in range(2):
        with pytest.raises(DisagreeingEvent):
            harness.flows.apply_event("odd", replace(payment, status=status, **other))

    assert (harness.account(ada), harness.store.find(ada, flow.flow_id)) == (before, flow)
    assert event_names(ada).count("payment_disagrees") == 1


@pytest.mark.parametrize("other", OTHERS)
def test_a_redemption_that_disagrees_is_neither_approved_nor_booked(other: dict[str, Any]) -> None:
    harness = FundingHarness()
    ada, flow, payment = asked(harness, DOWN)
    strange = replace(payment, **other)
    harness.broker.payments[strange.payment_id] = strange

    with pytest.raises(DisagreeingEvent):
        harness.flows.apply_event("odd", strange)

    assert harness.broker.calls["approve"] == 0
    assert harness.account(ada).reserved_cents == 500
    assert harness.store.find(ada, flow.flow_id) == flow


def test_an_event_disagrees_though_the_payment_that_is_read_agrees() -> None:
    harness = FundingHarness()
    _, _, payment = asked(harness, DOWN)

    with pytest.raises(DisagreeingEvent):
        harness.flows.apply_event("odd", replace(payment, account_id="another-account"))

    assert harness.broker.calls["approve"] == 0


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_an_event_of_the_other_direction_disagrees(direction: Direction) -> None:
    harness = FundingHarness()
    ada, flow, payment = asked(harness, direction)
    other = DOWN if direction is UP else UP
    strange = replace(payment, direction=other, status=PaymentStatus.SUCCESSFUL)
    harness.broker.payments[payment.payment_id] = strange

    with pytest.raises(DisagreeingEvent):
        harness.flows.apply_event("odd", strange)

    assert harness.store.find(ada, flow.flow_id) == flow


def test_what_an_event_does_not_name_is_no_disagreement() -> None:
    harness = FundingHarness()
    ada, _, payment = asked(harness, UP)
    bare = replace(payment, account_id=None, currency=None, cents=0, status=PaymentStatus.SUCCESSFUL)

    assert harness.flows.apply_event("bare", bare).status is FlowStatus.SUCCESS
    assert harness.account(ada).cash_cents == 10_500
    assert_ledger_agrees(harness, ada)


@pytest.mark.parametrize("other", OTHERS[:-1])
def test_an_answer_that_disagrees_moves_nothing_and_is_left_to_a_person(other: dict[str, Any]) -> None:
    harness = FundingHarness()
    ada, flow, payment = asked(harness, UP)
    harness.broker.payments[payment.payment_id] = replace(payment, status=PaymentStatus.SUCCESSFUL, **other)

    harness.flows.refresh(harness.account(ada))

    read = harness.store.find(ada, flow.flow_id)
    assert read is not None
    assert (read.status, read.needs_person) == (FlowStatus.PENDING, True)
    assert harness.account(ada).cash_cents == 10_000
    assert event_names(ada).count("payment_disagrees") == 1
    assert event_names(ada).count("outcome_needs_person") == 1

    harness.flows.refresh(harness.account(ada))
    assert event_names(ada).count("payment_disagrees") == 1


def test_a_redemption_without_our_own_note_is_never_approved() -> None:
    harness = FundingHarness()
    ada, flow, payment = asked(harness, DOWN)
    for note in (None, "f" * 32):
        harness.broker.payments[payment.payment_id] = replace(payment, note=note)

        read = harness.flows.apply_event(f"without-{note}", payment)

        assert read.status is FlowStatus.PENDING
        assert harness.broker.calls["approve"] == harness.broker.calls["reject"] == 0
    assert harness.account(ada).reserved_cents == flow.cents
