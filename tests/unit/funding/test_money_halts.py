"""What was written and not yet sent when a pause or a stop of money comes is not sent; afterwards it goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.crashes import cut_in
from tests.support.events import event_names
from tests.support.funding import FundingHarness, assert_ledger_agrees, lost
from tests.support.halts import halt_money
from trading.brokerage.halts import HaltScope
from trading.brokerage.models import Direction, PaymentStatus
from trading.funding.accounts.pauses import PauseService
from trading.funding.money_flows.models import AttemptState, FlowStatus, MoneyFlow
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

UP, DOWN = Direction.DEPOSIT, Direction.WITHDRAWAL
CALLS = {UP: "create_deposit", DOWN: "create_redemption"}


def down() -> None:
    raise Unavailable("down")


def unsent(harness: FundingHarness, direction: Direction, fault: Callable[[], None] = down) -> tuple[str, MoneyFlow]:
    """Return a person and a flow of theirs that is written and did not reach the broker."""
    ada = harness.person(cash_cents=10_000)
    harness.broker.before[CALLS[direction]] = fault
    flow = harness.deposit(ada, 500) if direction is UP else harness.withdraw(ada, 500)
    harness.broker.before.clear()
    return ada, flow


def resume_hourly(harness: FundingHarness, flow: MoneyFlow, *, hours: int) -> MoneyFlow:
    for _ in range(hours):
        harness.clock.pass_by(timedelta(hours=1))
        found = harness.flows.resume(flow.owner, flow.flow_id)
    assert found is not None
    return found


@pytest.mark.parametrize("scope", [HaltScope.MONEY, HaltScope.ALL])
@pytest.mark.parametrize("direction", [UP, DOWN])
@pytest.mark.parametrize("hours", [1, 24 * 14])
def test_a_stop_of_money_holds_what_was_not_sent_and_lets_it_go_on(
    scope: HaltScope, direction: Direction, hours: int
) -> None:
    harness = FundingHarness()
    ada, flow = unsent(harness, direction)
    halt_money(stopped=True, scope=scope)
    try:
        held = resume_hourly(harness, flow, hours=hours)
        assert harness.broker.noted(flow.flow_id) == []
        assert (held.status, held.due_at is not None) == (FlowStatus.PENDING, True)
        assert event_names(ada).count("outcome_needs_person") == 0
    finally:
        halt_money(stopped=False, scope=scope)

    resume_hourly(harness, flow, hours=1)

    assert len(harness.broker.noted(flow.flow_id)) == 1
    assert harness.report(flow, PaymentStatus.SUCCESSFUL).status is FlowStatus.SUCCESS
    assert_ledger_agrees(harness, ada)


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_stop_of_money_refuses_new_flows_and_takes_nothing(direction: Direction) -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    before = harness.account(ada)
    halt_money(stopped=True)
    try:
        with pytest.raises(Conflict) as refused:
            (harness.deposit if direction is UP else harness.withdraw)(ada, 500)
    finally:
        halt_money(stopped=False)

    assert refused.value.code == "trading_paused"
    assert harness.account(ada) == before
    assert harness.broker.calls[CALLS[direction]] == (direction is UP)  # one put the cash there


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_stop_of_trading_alone_lets_money_move(direction: Direction) -> None:
    harness = FundingHarness()
    _, flow = unsent(harness, direction)
    halt_money(stopped=True, scope=HaltScope.TRADING)
    try:
        resume_hourly(harness, flow, hours=1)
    finally:
        halt_money(stopped=False, scope=HaltScope.TRADING)

    assert len(harness.broker.noted(flow.flow_id)) == 1


@pytest.mark.parametrize("fault", [lambda: down, lost])
@pytest.mark.parametrize("hours", [1, 48])
def test_a_persons_pause_holds_a_deposit_that_was_not_sent_and_lets_it_go_on(
    fault: Callable[[], Callable[[], None]], hours: int
) -> None:
    harness = FundingHarness()
    ada, flow = unsent(harness, UP, fault())
    pauses, because = (
        PauseService(store=harness.accounts, clock=harness.clock, is_known=lambda _: True),
        Audit("olga", "a call"),
    )
    pauses.pause(ada, because)

    held = resume_hourly(harness, flow, hours=hours)
    assert harness.broker.noted(flow.flow_id) == []
    assert held.status is FlowStatus.PENDING

    pauses.lift(ada, because)
    resume_hourly(harness, flow, hours=1)

    assert len(harness.broker.noted(flow.flow_id)) == 1


def test_what_may_have_got_through_is_not_sent_again_when_the_key_is_forgotten_meanwhile() -> None:
    harness = FundingHarness()
    ada, flow = unsent(harness, UP, lost())
    halt_money(stopped=True)
    try:
        resume_hourly(harness, flow, hours=24 * 12)
    finally:
        halt_money(stopped=False)

    last = resume_hourly(harness, flow, hours=24)

    assert harness.broker.noted(flow.flow_id) == []
    assert last.needs_person
    assert event_names(ada).count("outcome_needs_person") == 1


def test_a_pause_between_reading_and_sending_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = FundingHarness()
    ada, flow = unsent(harness, UP)
    pauses = PauseService(store=harness.accounts, clock=harness.clock, is_known=lambda _: True)
    cut_in(monkeypatch, lambda: pauses.pause(ada, Audit("olga", "a call")))

    resume_hourly(harness, flow, hours=1)

    assert harness.broker.noted(flow.flow_id) == []


def test_what_may_have_got_through_once_is_never_taken_for_unsent() -> None:
    harness = FundingHarness()
    ada, flow = unsent(harness, DOWN, lost())
    harness.broker.before[CALLS[DOWN]] = down

    again = resume_hourly(harness, flow, hours=1)

    assert again.attempt is AttemptState.UNKNOWN
    assert harness.account(ada).reserved_cents == 500
