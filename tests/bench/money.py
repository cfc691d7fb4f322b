"""Deposits, withdrawals and the broker's events: requests per operation, growth, throughput."""

import time
from collections.abc import Callable, Iterator

from tests.bench.figures import Figure
from tests.bench.requests_counted import counted
from tests.support.funding import FundingBench, request
from trading.brokerage.models import BrokerPayment, Direction, PaymentStatus

EVENTS = 25
OTHERS = 60


def figures() -> Iterator[Figure]:
    """Yield what moving money costs."""
    yield from _flow("deposit", Direction.DEPOSIT, target=4)
    yield from _flow("withdrawal", Direction.WITHDRAWAL, target=4)
    yield from _event()
    yield from _growth()
    yield _throughput()


def _flow(name: str, direction: Direction, *, target: int) -> Iterator[Figure]:
    bench = FundingBench()
    owner = bench.person(cash_cents=1_000_000)
    partner = _partner_calls(bench)
    requests = _requests(lambda: bench.flows.start(request(owner, direction, 5_000)))
    yield Figure(f"{name}: DynamoDB requests", requests, "requests", target)
    yield Figure(f"{name}: requests to the broker", _partner_calls(bench) - partner, "requests")
    replay = _requests(lambda: _replay(bench, owner, direction))
    yield Figure(f"{name}, replayed: DynamoDB requests", replay, "requests", 1)


def _event() -> Iterator[Figure]:
    bench = FundingBench()
    owner = bench.person(cash_cents=1_000_000)
    deposit = _told(bench, bench.deposit(owner, 5_000).flow_id, PaymentStatus.SUCCESSFUL)
    requests = _requests(lambda: bench.flows.apply_event("a-deposit", deposit))
    yield Figure("event of a deposit: DynamoDB requests", requests, "requests", 3)
    withdrawal = _told(bench, bench.withdraw(owner, 5_000).flow_id, PaymentStatus.AWAITING_ADVISOR)
    partner = _partner_calls(bench)
    requests = _requests(lambda: bench.flows.apply_event("a-withdrawal", withdrawal))
    yield Figure("event of a withdrawal, approved by us: DynamoDB requests", requests, "requests", 3)
    yield Figure(
        "event of a withdrawal, approved by us: requests to the broker", _partner_calls(bench) - partner, "requests"
    )
    again = _requests(lambda: bench.flows.apply_event("a-deposit", deposit))
    yield Figure("event that comes again: DynamoDB requests", again, "requests", 3)


def _growth() -> Iterator[Figure]:
    bench = FundingBench()
    owner = bench.person()
    for number in range(OTHERS):
        bench.deposit(owner, 100, key=f"one-of-many-{number:010d}")
    requests = _requests(lambda: bench.deposit(owner, 100, key="after-many-others"))
    yield Figure(f"deposit with {OTHERS} others on their way: DynamoDB requests", requests, "requests", 4)
    listing = _requests(lambda: bench.store.page(owner, direction=None, status=None, after=None, limit=30))
    yield Figure(f"list of money flows, {OTHERS} behind: DynamoDB requests", listing, "requests", 2)


def _throughput() -> Figure:
    bench = FundingBench()
    events = []
    for _ in range(EVENTS):
        flow = bench.deposit(bench.person(), 5_000)
        events.append(_told(bench, flow.flow_id, PaymentStatus.SUCCESSFUL))
    began = time.perf_counter()
    for number, event in enumerate(events):
        bench.flows.apply_event(f"event-{number}", event)
    return Figure(
        "money-flow events applied, one process, tables in process",
        EVENTS / (time.perf_counter() - began),
        "per second",
    )


def _replay(bench: FundingBench, owner: str, direction: Direction) -> object:
    return bench.flows.start(request(owner, direction, 5_000))


def _told(bench: FundingBench, flow_id: str, status: PaymentStatus) -> BrokerPayment:
    (payment,) = bench.broker.noted(flow_id)
    return bench.broker.move(payment.payment_id, status)


def _requests(step: Callable[[], object]) -> int:
    with counted() as seen:
        step()
    return sum(seen.values())


def _partner_calls(bench: FundingBench) -> int:
    return sum(bench.broker.calls.values())
