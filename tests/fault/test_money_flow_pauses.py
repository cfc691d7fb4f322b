"""A process may die anywhere around a pause, a stop or a return: nothing is sent after it, nothing is stuck."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.crashes import Crashes
from tests.support.events import event_names
from tests.support.funding import BANK, FundingHarness, assert_ledger_agrees
from tests.support.halts import halt_money
from trading.brokerage.models import PaymentStatus
from trading.funding.accounts.models import Pause
from trading.funding.accounts.pauses import PauseService
from trading.funding.money_flows.models import FlowStatus, MoneyFlow
from trading.platform.audit import Audit
from trading.platform.errors import Unavailable

pytestmark = pytest.mark.usefixtures("aws")

BECAUSE = Audit("olga", "a call")


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


@pytest.fixture
def harness(crashes: Crashes) -> FundingHarness:
    harness = FundingHarness()
    harness.broker.visit = crashes.visit
    return harness


def pauses_of(harness: FundingHarness) -> PauseService:
    return PauseService(store=harness.accounts, is_known=lambda _: True, clock=harness.clock)


def waiting(harness: FundingHarness) -> tuple[str, MoneyFlow, Callable[[], object]]:
    """Return a person, a withdrawal that waits for its advisor, and the handling of its event."""
    owner = harness.person(cash_cents=10_000)
    flow = harness.withdraw(owner, 4_000)
    (payment,) = harness.broker.noted(flow.flow_id)
    return owner, flow, lambda: harness.flows.apply_event(f"event-of-{owner}", payment)


def settle(harness: FundingHarness, owner: str, flow: MoneyFlow) -> MoneyFlow:
    harness.clock.pass_by(timedelta(hours=2))
    found = harness.flows.resume(owner, flow.flow_id)
    assert found is not None
    return found


def test_a_rejection_that_died_anywhere_ends_the_flow_once(crashes: Crashes, harness: FundingHarness) -> None:
    def paused() -> tuple[str, MoneyFlow, Callable[[], object]]:
        owner, flow, apply = waiting(harness)
        pauses_of(harness).pause(owner, BECAUSE)
        return owner, flow, apply

    places = crashes.count(paused()[2])
    assert places >= 10

    for place in range(1, places + 1):
        owner, flow, apply = paused()
        crashes.die_at(place, apply)
        apply()
        after = settle(harness, owner, flow)
        assert (after.status, after.due_at) == (FlowStatus.FAILED, None)
        assert harness.broker.noted(flow.flow_id)[0].status is PaymentStatus.FAILED
        assert harness.account(owner).cash_cents == 10_000
        assert event_names(owner).count("withdrawal_failed") == 1
        assert_ledger_agrees(harness, owner)
    assert harness.broker.calls["approve"] == 0


def test_a_pause_after_an_approval_that_died_anywhere_lets_nothing_be_approved(
    crashes: Crashes, harness: FundingHarness
) -> None:
    places = crashes.count(waiting(harness)[2])
    assert places >= 10

    for place in range(1, places + 1):
        owner, flow, apply = waiting(harness)
        crashes.die_at(place, apply)
        was_approved = harness.broker.noted(flow.flow_id)[0].status is PaymentStatus.APPROVED
        pauses_of(harness).pause(owner, BECAUSE)
        apply()
        after = settle(harness, owner, flow)
        assert after.status is (FlowStatus.APPROVED if was_approved else FlowStatus.FAILED)
        assert harness.account(owner).cash_cents == (6_000 if was_approved else 10_000)
        assert_ledger_agrees(harness, owner)


def test_what_is_held_and_died_anywhere_is_sent_once_when_money_moves_again(
    crashes: Crashes, harness: FundingHarness
) -> None:
    def down() -> None:
        raise Unavailable("down")

    def unsent() -> tuple[str, MoneyFlow, Callable[[], object]]:
        owner = harness.person()
        harness.broker.before["create_deposit"] = down
        flow = harness.deposit(owner, 500)
        harness.broker.before.clear()
        harness.clock.pass_by(timedelta(minutes=2))
        return owner, flow, lambda: harness.flows.resume(owner, flow.flow_id)

    _, _, rehearsal = unsent()
    halt_money(stopped=True)
    places = crashes.count(rehearsal)
    halt_money(stopped=False)
    assert places >= 6

    for place in range(1, places + 1):
        owner, flow, resume = unsent()
        halt_money(stopped=True)
        crashes.die_at(place, resume)
        resume()
        assert harness.broker.noted(flow.flow_id) == []
        halt_money(stopped=False)
        settle(harness, owner, flow)
        assert len(harness.broker.noted(flow.flow_id)) == 1
        assert harness.report(flow, PaymentStatus.SUCCESSFUL).status is FlowStatus.SUCCESS
        assert_ledger_agrees(harness, owner)


def test_a_return_that_died_anywhere_pauses_once_and_never_again(crashes: Crashes, harness: FundingHarness) -> None:
    def returned() -> tuple[str, Callable[[], object]]:
        owner = harness.person(cash_cents=10_000)
        (flow_id,) = harness.account(owner).settled_deposits[BANK]
        (payment,) = harness.broker.noted(flow_id)
        moved = harness.broker.move(payment.payment_id, PaymentStatus.RETURNED)
        return owner, lambda: harness.flows.apply_event(f"return-of-{owner}", moved)

    places = crashes.count(returned()[1])
    assert places >= 4

    for place in range(1, places + 1):
        owner, apply = returned()
        crashes.die_at(place, apply)
        apply()
        assert harness.account(owner).pauses == {Pause.RETURNED_DEPOSIT}
        assert harness.account(owner).settled_deposits == {}
        pauses_of(harness).lift(owner, BECAUSE)
        apply()
        assert harness.account(owner).pauses == frozenset()
        assert event_names(owner).count("deposit_returned") == 1
        assert_ledger_agrees(harness, owner)
