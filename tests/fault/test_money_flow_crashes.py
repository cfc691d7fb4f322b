"""A process may die before and after every request of a money flow: one payment, nothing lost, nothing stuck."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from tests.support.crashes import Crashes, cut_in
from tests.support.funding import BANK, NOW, FundingHarness, assert_ledger_agrees, lost, request
from trading.brokerage.models import AccountStatus, BrokerPayment, Direction, PaymentOrder, PaymentStatus
from trading.funding.accounts.models import Pause, TradingAccount
from trading.funding.money_flows.models import FlowStatus, MoneyFlow, flow_id_of
from trading.funding.money_flows.outcomes import change_of
from trading.platform.errors import Conflict, Unavailable
from trading.platform.outbox import OutboxRow

pytestmark = pytest.mark.usefixtures("aws")

KEY = "a-key-of-16-letters"
CENTS = 4_000
UP, DOWN = Direction.DEPOSIT, Direction.WITHDRAWAL
ORDERLY = {
    UP: (PaymentStatus.PENDING, PaymentStatus.APPROVED, PaymentStatus.SUCCESSFUL),
    DOWN: (PaymentStatus.AWAITING_ADVISOR, PaymentStatus.APPROVED, PaymentStatus.SUCCESSFUL),
}


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


@pytest.fixture
def harness(crashes: Crashes) -> FundingHarness:
    harness = FundingHarness()
    harness.broker.visit = crashes.visit
    return harness


PAYMENT = BrokerPayment("payment-1", UP, CENTS, None, "", "", None, "f" * 32)


def new_flow(account: TradingAccount) -> MoneyFlow:
    order = PaymentOrder("DWFK000001", CENTS, "bank-1", "f" * 32)
    return MoneyFlow(
        flow_id="f" * 32,
        owner=account.owner,
        account_id=account.account_id,
        funding_account_id=BANK,
        direction=UP,
        cents=CENTS,
        order=order,
        attempt_id="attempt",
        digest="",
        created_at=NOW,
        updated_at=NOW,
        asked_at=NOW,
        first_sent_at=NOW,
    )


def start(harness: FundingHarness, owner: str, direction: Direction) -> MoneyFlow:
    return harness.flows.start(request(owner, direction, CENTS, KEY))[0]


def try_again(harness: FundingHarness, owner: str, direction: Direction) -> None:
    """Ask again as a client does whose answer was lost, at once and later."""
    harness.wall.pass_by(timedelta(seconds=31))
    start(harness, owner, direction)


def settle(harness: FundingHarness, owner: str, direction: Direction) -> MoneyFlow:
    """Let the resolver and the broker bring a flow to its end."""
    flow_id = flow_id_of(owner, direction, KEY)
    harness.clock.pass_by(timedelta(minutes=2))
    flow = harness.flows.resume(owner, flow_id)
    assert flow is not None
    return harness.report(flow, PaymentStatus.SUCCESSFUL)


def assert_once(harness: FundingHarness, owner: str, direction: Direction) -> None:
    flow = settle(harness, owner, direction)
    assert flow.status is FlowStatus.SUCCESS
    assert len(harness.broker.noted(flow.flow_id)) == 1
    account = harness.account(owner)
    assert account.cash_cents == (10_000 + CENTS if direction is UP else 10_000 - CENTS)
    assert account.in_flight == {}
    assert flow.due_at is None
    assert_ledger_agrees(harness, owner)


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_flow_that_died_anywhere_moves_the_money_once(
    crashes: Crashes, harness: FundingHarness, direction: Direction
) -> None:
    rehearsal = harness.person(cash_cents=10_000)
    places = crashes.count(lambda: start(harness, rehearsal, direction))
    assert places >= 8

    for place in range(1, places + 1):
        owner = harness.person(cash_cents=10_000)
        crashes.die_at(place, lambda owner=owner: start(harness, owner, direction))
        try_again(harness, owner, direction)
        assert_once(harness, owner, direction)


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_resolver_that_died_anywhere_moves_the_money_once(
    crashes: Crashes, harness: FundingHarness, direction: Direction
) -> None:
    name = "create_deposit" if direction is UP else "create_redemption"

    def stranded() -> tuple[str, Callable[[], object]]:
        owner = harness.person(cash_cents=10_000)
        harness.broker.before[name] = lost()
        flow = start(harness, owner, direction)
        harness.clock.pass_by(timedelta(minutes=2))
        return owner, lambda: harness.flows.resume(owner, flow.flow_id)

    places = crashes.count(stranded()[1])
    assert places >= 8

    for place in range(1, places + 1):
        owner, resume = stranded()
        crashes.die_at(place, resume)
        harness.clock.pass_by(timedelta(hours=2))
        assert_once(harness, owner, direction)


@pytest.mark.parametrize(
    ("direction", "status"),
    [
        (UP, PaymentStatus.SUCCESSFUL),
        (UP, PaymentStatus.FAILED),
        (DOWN, PaymentStatus.AWAITING_ADVISOR),
        (DOWN, PaymentStatus.SUCCESSFUL),
    ],
)
def test_an_event_whose_worker_died_anywhere_is_applied_once(
    crashes: Crashes, harness: FundingHarness, direction: Direction, status: PaymentStatus
) -> None:
    def begin(owner: str) -> Callable[[], object]:
        flow = start(harness, owner, direction)
        (payment,) = harness.broker.noted(flow.flow_id)
        moved = harness.broker.move(payment.payment_id, status)
        return lambda: harness.flows.apply_event(f"event-of-{owner}", moved)

    places = crashes.count(begin(harness.person(cash_cents=10_000)))
    assert places >= 6

    for place in range(1, places + 1):
        owner = harness.person(cash_cents=10_000)
        apply = begin(owner)
        crashes.die_at(place, apply)
        apply()
        once = harness.account(owner)
        apply()
        assert harness.account(owner).balances == once.balances
        assert_ledger_agrees(harness, owner)


def test_opening_that_died_anywhere_opens_one_account(crashes: Crashes, harness: FundingHarness) -> None:
    places = crashes.count(lambda: harness.account_service.ensure("rehearsal", "user-0"))
    assert places >= 6

    for place in range(1, places + 1):
        owner, user_id = f"owner-{place}", f"user-of-{place}"
        crashes.die_at(place, lambda owner=owner, user_id=user_id: harness.account_service.ensure(owner, user_id))
        harness.account_service.ensure(owner, user_id)
        harness.clock.pass_by(timedelta(minutes=2))
        harness.account_service.resume(owner)
        harness.account_service.ensure(owner, user_id)
        assert len(harness.broker.accounts_of(user_id)) == 1
        assert harness.account(owner).status is AccountStatus.OPEN


def test_five_approvals_at_once_open_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = FundingHarness()
    ensure = harness.account_service.ensure

    def rivals() -> None:
        for _ in range(4):
            ensure("ada", "user-1")

    cut_in(monkeypatch, rivals)
    ensure("ada", "user-1")

    assert harness.broker.calls["create_account"] == 1
    assert len(harness.broker.accounts) == 1


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_twenty_requests_with_one_key_are_one_flow(monkeypatch: pytest.MonkeyPatch, direction: Direction) -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    answers = []

    def rivals() -> None:
        for _ in range(19):
            harness.wall.pass_by(timedelta(seconds=31))
            answers.append(start(harness, ada, direction))

    cut_in(monkeypatch, rivals)
    harness.wall.pass_by(timedelta(seconds=31))
    answers.append(start(harness, ada, direction))

    assert {flow.flow_id for flow in answers} == {flow_id_of(ada, direction, KEY)}
    assert (
        sum(harness.broker.calls[name] for name in ("create_deposit", "create_redemption")) == 2
    )  # one put cash there


def test_of_two_withdrawals_of_80_percent_that_race_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    cut_in(monkeypatch, lambda: harness.withdraw(ada, 8_000, key="the-faster-withdrawal"))

    with pytest.raises(Conflict) as refused:
        harness.withdraw(ada, 8_000, key="the-slower-withdrawal")

    assert refused.value.code == "insufficient_funds"
    assert harness.account(ada).cash_cents == 2_000
    assert harness.broker.calls["create_redemption"] == 1


def test_an_event_that_comes_before_our_own_record_of_the_answer_is_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = FundingHarness()
    ada = harness.person()

    def event_first() -> None:
        (payment,) = harness.broker.noted(flow_id_of(ada, UP, KEY))
        moved = harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL)
        harness.flows.apply_event("early", moved)

    harness.broker.after["create_deposit"] = event_first
    flow = start(harness, ada, UP)

    assert flow.status is FlowStatus.SUCCESS
    assert harness.account(ada).cash_cents == CENTS
    assert_ledger_agrees(harness, ada)


def histories() -> list[tuple[PaymentStatus, ...]]:
    statuses = (*ORDERLY[UP], PaymentStatus.RETURNED)
    return sorted(set(permutations((*statuses, PaymentStatus.SUCCESSFUL, PaymentStatus.RETURNED))))


def test_every_order_of_six_events_with_duplicates_ends_alike() -> None:
    account = TradingAccount.shell("ada", NOW)
    asked = new_flow(account)
    begun = change_of(account, None, asked, NOW)
    orders = histories()
    assert len(orders) == 180

    for order in orders:
        flow, account = begun.flow, begun.account
        event_names: list[str] = []
        for status in order:
            assert account is not None
            after = flow.with_payment(with_status(PAYMENT, status), NOW)
            change = change_of(account, flow, after, NOW)
            event_names += [event.record.name for event in change.events]
            flow, account = change.flow, change.account or account
        assert account is not None
        assert flow.status is FlowStatus.RETURNED
        assert (account.balances, account.in_flight, account.pauses) == ({}, {}, {Pause.RETURNED_DEPOSIT})
        assert event_names.count("deposit_returned") == 1
        assert event_names.count("deposit_succeeded") <= 1


@pytest.mark.parametrize("seed", range(10))
def test_events_that_come_in_any_order_over_the_tables_end_alike(seed: int) -> None:
    harness = FundingHarness()
    ada = harness.person()
    flow = start(harness, ada, UP)
    (payment,) = harness.broker.noted(flow.flow_id)
    order = list(histories()[seed * 18])

    for status in order:
        harness.flows.apply_event(f"event:{status}", with_status(payment, status))

    found = harness.store.find(ada, flow.flow_id)
    assert found is not None
    assert found.status is FlowStatus.RETURNED
    assert harness.account(ada).balances == {}
    assert sum('"deposit_returned"' in row.body for row in OutboxRow.scan()) == 1
    assert_ledger_agrees(harness, ada)


def with_status(payment: BrokerPayment, status: PaymentStatus) -> BrokerPayment:
    return BrokerPayment(**{**vars(payment), "status": status, "raw_status": status.value})


def test_withdrawals_follow_the_broker_whatever_order_events_come_in() -> None:
    harness = FundingHarness()
    shuffled = random.Random(7)  # noqa: S311 - a seed, no secret
    for _ in range(20):
        ada = harness.person(cash_cents=10_000)
        flow = start(harness, ada, DOWN)
        (payment,) = harness.broker.noted(flow.flow_id)
        harness.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL)
        events = [with_status(payment, status) for status in ORDERLY[DOWN] * 2]
        shuffled.shuffle(events)
        for number, event in enumerate(events):
            harness.flows.apply_event(f"{ada}:{number % 4}", event)
        assert harness.account(ada).cash_cents == 6_000
        assert_ledger_agrees(harness, ada)


def test_a_broker_that_is_down_for_a_day_gets_each_payment_once() -> None:
    harness = FundingHarness()
    ada = harness.person()

    def down() -> None:
        raise Unavailable("down")

    harness.broker.before = {"create_deposit": down, "list": down}
    flow = start(harness, ada, UP)
    for _ in range(24):
        harness.clock.pass_by(timedelta(hours=1))
        harness.flows.resume(ada, flow.flow_id)
    harness.broker.before.clear()

    harness.clock.pass_by(timedelta(hours=25))
    harness.flows.resume(ada, flow.flow_id)

    assert len(harness.broker.noted(flow.flow_id)) == 1
