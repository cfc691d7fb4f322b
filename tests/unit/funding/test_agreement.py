"""An event must agree with its money flow in whatever it names; else nothing moves, and it is alarmed."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.events import event_names
from tests.support.funding import FundingBench, assert_ledger_agrees
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


def asked(bench: FundingBench, direction: Direction) -> tuple[str, MoneyFlow, BrokerPayment]:
    ada = bench.person(cash_cents=10_000)
    flow = bench.deposit(ada, 500) if direction is UP else bench.withdraw(ada, 500)
    (payment,) = bench.broker.noted(flow.flow_id)
    return ada, flow, payment


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("status", [PaymentStatus.SUCCESSFUL, PaymentStatus.FAILED, PaymentStatus.RETURNED])
def test_a_deposits_event_that_disagrees_moves_nothing(other: dict[str, Any], status: PaymentStatus) -> None:
    bench = FundingBench()
    ada, flow, payment = asked(bench, UP)
    before = bench.account(ada)

    for _ in range(2):
        with pytest.raises(DisagreeingEvent):
            bench.flows.apply_event("odd", replace(payment, status=status, **other))

    assert (bench.account(ada), bench.store.find(ada, flow.flow_id)) == (before, flow)
    assert event_names(ada).count("payment_disagrees") == 1


@pytest.mark.parametrize("other", OTHERS)
def test_a_redemption_that_disagrees_is_neither_approved_nor_booked(other: dict[str, Any]) -> None:
    bench = FundingBench()
    ada, flow, payment = asked(bench, DOWN)
    strange = replace(payment, **other)
    bench.broker.payments[strange.payment_id] = strange

    with pytest.raises(DisagreeingEvent):
        bench.flows.apply_event("odd", strange)

    assert bench.broker.calls["approve"] == 0
    assert bench.account(ada).reserved_cents == 500
    assert bench.store.find(ada, flow.flow_id) == flow


def test_an_event_disagrees_though_the_payment_that_is_read_agrees() -> None:
    bench = FundingBench()
    _, _, payment = asked(bench, DOWN)

    with pytest.raises(DisagreeingEvent):
        bench.flows.apply_event("odd", replace(payment, account_id="another-account"))

    assert bench.broker.calls["approve"] == 0


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_an_event_of_the_other_direction_disagrees(direction: Direction) -> None:
    bench = FundingBench()
    ada, flow, payment = asked(bench, direction)
    other = DOWN if direction is UP else UP
    strange = replace(payment, direction=other, status=PaymentStatus.SUCCESSFUL)
    bench.broker.payments[payment.payment_id] = strange

    with pytest.raises(DisagreeingEvent):
        bench.flows.apply_event("odd", strange)

    assert bench.store.find(ada, flow.flow_id) == flow


def test_what_an_event_does_not_name_is_no_disagreement() -> None:
    bench = FundingBench()
    ada, _, payment = asked(bench, UP)
    bare = replace(payment, account_id=None, currency=None, cents=0, status=PaymentStatus.SUCCESSFUL)

    assert bench.flows.apply_event("bare", bare).status is FlowStatus.SUCCESS
    assert bench.account(ada).cash_cents == 10_500
    assert_ledger_agrees(bench, ada)


@pytest.mark.parametrize("other", OTHERS[:-1])
def test_an_answer_that_disagrees_moves_nothing_and_is_left_to_a_person(other: dict[str, Any]) -> None:
    bench = FundingBench()
    ada, flow, payment = asked(bench, UP)
    bench.broker.payments[payment.payment_id] = replace(payment, status=PaymentStatus.SUCCESSFUL, **other)

    bench.flows.refresh(bench.account(ada))

    read = bench.store.find(ada, flow.flow_id)
    assert read is not None
    assert (read.status, read.needs_person) == (FlowStatus.PENDING, True)
    assert bench.account(ada).cash_cents == 10_000
    assert event_names(ada).count("payment_disagrees") == 1
    assert event_names(ada).count("outcome_needs_person") == 1

    bench.flows.refresh(bench.account(ada))
    assert event_names(ada).count("payment_disagrees") == 1


def test_a_redemption_without_our_own_note_is_never_approved() -> None:
    bench = FundingBench()
    ada, flow, payment = asked(bench, DOWN)
    for note in (None, "f" * 32):
        bench.broker.payments[payment.payment_id] = replace(payment, note=note)

        read = bench.flows.apply_event(f"without-{note}", payment)

        assert read.status is FlowStatus.PENDING
        assert bench.broker.calls["approve"] == bench.broker.calls["reject"] == 0
    assert bench.account(ada).reserved_cents == flow.cents
