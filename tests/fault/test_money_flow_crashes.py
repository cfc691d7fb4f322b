"""A process may die before and after every request of a money flow: one payment, nothing lost, nothing stuck."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from tests.support.crashes import Crashes, cut_in
from tests.support.funding import BANK, NOW, FundingBench, assert_ledger_agrees, lost, request
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
def bench(crashes: Crashes) -> FundingBench:
    bench = FundingBench()
    bench.broker.visit = crashes.visit
    return bench


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


def start(bench: FundingBench, owner: str, direction: Direction) -> MoneyFlow:
    return bench.flows.start(request(owner, direction, CENTS, KEY))[0]


def try_again(bench: FundingBench, owner: str, direction: Direction) -> None:
    """Ask again as a client does whose answer was lost, at once and later."""
    bench.wall.pass_by(timedelta(seconds=31))
    start(bench, owner, direction)


def settle(bench: FundingBench, owner: str, direction: Direction) -> MoneyFlow:
    """Let the resolver and the broker bring a flow to its end."""
    flow_id = flow_id_of(owner, direction, KEY)
    bench.clock.pass_by(timedelta(minutes=2))
    flow = bench.flows.resume(owner, flow_id)
    assert flow is not None
    return bench.report(flow, PaymentStatus.SUCCESSFUL)


def assert_once(bench: FundingBench, owner: str, direction: Direction) -> None:
    flow = settle(bench, owner, direction)
    assert flow.status is FlowStatus.SUCCESS
    assert len(bench.broker.noted(flow.flow_id)) == 1
    account = bench.account(owner)
    assert account.cash_cents == (10_000 + CENTS if direction is UP else 10_000 - CENTS)
    assert account.in_flight == {}
    assert flow.due_at is None
    assert_ledger_agrees(bench, owner)


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_flow_that_died_anywhere_moves_the_money_once(
    crashes: Crashes, bench: FundingBench, direction: Direction
) -> None:
    rehearsal = bench.person(cash_cents=10_000)
    places = crashes.count(lambda: start(bench, rehearsal, direction))
    assert places >= 8

    for place in range(1, places + 1):
        owner = bench.person(cash_cents=10_000)
        crashes.die_at(place, lambda owner=owner: start(bench, owner, direction))
        try_again(bench, owner, direction)
        assert_once(bench, owner, direction)


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_resolver_that_died_anywhere_moves_the_money_once(
    crashes: Crashes, bench: FundingBench, direction: Direction
) -> None:
    name = "create_deposit" if direction is UP else "create_redemption"

    def stranded() -> tuple[str, Callable[[], object]]:
        owner = bench.person(cash_cents=10_000)
        bench.broker.before[name] = lost()
        flow = start(bench, owner, direction)
        bench.clock.pass_by(timedelta(minutes=2))
        return owner, lambda: bench.flows.resume(owner, flow.flow_id)

    places = crashes.count(stranded()[1])
    assert places >= 8

    for place in range(1, places + 1):
        owner, resume = stranded()
        crashes.die_at(place, resume)
        bench.clock.pass_by(timedelta(hours=2))
        assert_once(bench, owner, direction)


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
    crashes: Crashes, bench: FundingBench, direction: Direction, status: PaymentStatus
) -> None:
    def begin(owner: str) -> Callable[[], object]:
        flow = start(bench, owner, direction)
        (payment,) = bench.broker.noted(flow.flow_id)
        moved = bench.broker.move(payment.payment_id, status)
        return lambda: bench.flows.apply_event(f"event-of-{owner}", moved)

    places = crashes.count(begin(bench.person(cash_cents=10_000)))
    assert places >= 6

    for place in range(1, places + 1):
        owner = bench.person(cash_cents=10_000)
        apply = begin(owner)
        crashes.die_at(place, apply)
        apply()
        once = bench.account(owner)
        apply()
        assert bench.account(owner).balances == once.balances
        assert_ledger_agrees(bench, owner)


def test_opening_that_died_anywhere_opens_one_account(crashes: Crashes, bench: FundingBench) -> None:
    places = crashes.count(lambda: bench.account_service.ensure("rehearsal", "user-0"))
    assert places >= 6

    for place in range(1, places + 1):
        owner, user_id = f"owner-{place}", f"user-of-{place}"
        crashes.die_at(place, lambda owner=owner, user_id=user_id: bench.account_service.ensure(owner, user_id))
        bench.account_service.ensure(owner, user_id)
        bench.clock.pass_by(timedelta(minutes=2))
        bench.account_service.resume(owner)
        bench.account_service.ensure(owner, user_id)
        assert len(bench.broker.accounts_of(user_id)) == 1
        assert bench.account(owner).status is AccountStatus.OPEN


def test_five_approvals_at_once_open_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = FundingBench()
    ensure = bench.account_service.ensure

    def rivals() -> None:
        for _ in range(4):
            ensure("ada", "user-1")

    cut_in(monkeypatch, rivals)
    ensure("ada", "user-1")

    assert bench.broker.calls["create_account"] == 1
    assert len(bench.broker.accounts) == 1


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_twenty_requests_with_one_key_are_one_flow(monkeypatch: pytest.MonkeyPatch, direction: Direction) -> None:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)
    answers = []

    def rivals() -> None:
        for _ in range(19):
            bench.wall.pass_by(timedelta(seconds=31))
            answers.append(start(bench, ada, direction))

    cut_in(monkeypatch, rivals)
    bench.wall.pass_by(timedelta(seconds=31))
    answers.append(start(bench, ada, direction))

    assert {flow.flow_id for flow in answers} == {flow_id_of(ada, direction, KEY)}
    assert sum(bench.broker.calls[name] for name in ("create_deposit", "create_redemption")) == 2  # one put cash there


def test_of_two_withdrawals_of_80_percent_that_race_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)
    cut_in(monkeypatch, lambda: bench.withdraw(ada, 8_000, key="the-faster-withdrawal"))

    with pytest.raises(Conflict) as refused:
        bench.withdraw(ada, 8_000, key="the-slower-withdrawal")

    assert refused.value.code == "insufficient_funds"
    assert bench.account(ada).cash_cents == 2_000
    assert bench.broker.calls["create_redemption"] == 1


def test_an_event_that_comes_before_our_own_record_of_the_answer_is_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = FundingBench()
    ada = bench.person()

    def event_first() -> None:
        (payment,) = bench.broker.noted(flow_id_of(ada, UP, KEY))
        moved = bench.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL)
        bench.flows.apply_event("early", moved)

    bench.broker.after["create_deposit"] = event_first
    flow = start(bench, ada, UP)

    assert flow.status is FlowStatus.SUCCESS
    assert bench.account(ada).cash_cents == CENTS
    assert_ledger_agrees(bench, ada)


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
    bench = FundingBench()
    ada = bench.person()
    flow = start(bench, ada, UP)
    (payment,) = bench.broker.noted(flow.flow_id)
    order = list(histories()[seed * 18])

    for status in order:
        bench.flows.apply_event(f"event:{status}", with_status(payment, status))

    found = bench.store.find(ada, flow.flow_id)
    assert found is not None
    assert found.status is FlowStatus.RETURNED
    assert bench.account(ada).balances == {}
    assert sum('"deposit_returned"' in row.body for row in OutboxRow.scan()) == 1
    assert_ledger_agrees(bench, ada)


def with_status(payment: BrokerPayment, status: PaymentStatus) -> BrokerPayment:
    return BrokerPayment(**{**vars(payment), "status": status, "raw_status": status.value})


def test_withdrawals_follow_the_broker_whatever_order_events_come_in() -> None:
    bench = FundingBench()
    shuffled = random.Random(7)  # noqa: S311 - a seed, no secret
    for _ in range(20):
        ada = bench.person(cash_cents=10_000)
        flow = start(bench, ada, DOWN)
        (payment,) = bench.broker.noted(flow.flow_id)
        bench.broker.move(payment.payment_id, PaymentStatus.SUCCESSFUL)
        events = [with_status(payment, status) for status in ORDERLY[DOWN] * 2]
        shuffled.shuffle(events)
        for number, event in enumerate(events):
            bench.flows.apply_event(f"{ada}:{number % 4}", event)
        assert bench.account(ada).cash_cents == 6_000
        assert_ledger_agrees(bench, ada)


def test_a_broker_that_is_down_for_a_day_gets_each_payment_once() -> None:
    bench = FundingBench()
    ada = bench.person()

    def down() -> None:
        raise Unavailable("down")

    bench.broker.before = {"create_deposit": down, "list": down}
    flow = start(bench, ada, UP)
    for _ in range(24):
        bench.clock.pass_by(timedelta(hours=1))
        bench.flows.resume(ada, flow.flow_id)
    bench.broker.before.clear()

    bench.clock.pass_by(timedelta(hours=25))
    bench.flows.resume(ada, flow.flow_id)

    assert len(bench.broker.noted(flow.flow_id)) == 1
