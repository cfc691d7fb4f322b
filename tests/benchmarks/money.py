"""Deposits, withdrawals and the broker's events: requests per operation, growth, throughput."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from moto import mock_aws

from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from tests.support.funding import FundingHarness, request
from tests.support.tables import create_keys_and_buckets, create_tables
from tests.support.world import World, new_world
from trading.brokerage.models import BrokerPayment, Direction, PaymentStatus
from trading.platform import aws as aws_clients
from trading.platform import tables
from trading.platform.settings import settings

EVENTS = 25
DYNAMODB = frozenset({"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
OTHERS = 60

ADMISSION = 2
"""What the limit per caller asks for: one request, and a second where the caller asked some seconds ago."""


def figures() -> Iterator[Figure]:
    """Yield what moving money costs."""
    yield from _broker_requests("deposit", Direction.DEPOSIT)
    yield from _broker_requests("withdrawal", Direction.WITHDRAWAL)
    yield from _event()
    yield from _growth()
    yield _throughput()


def _broker_requests(name: str, direction: Direction) -> Iterator[Figure]:
    harness = FundingHarness()
    owner = harness.person(cash_cents=1_000_000)
    partner = _partner_calls(harness)
    harness.flows.start(request(owner, direction, 5_000))
    yield Figure(f"{name}: requests to the broker", _partner_calls(harness) - partner, "requests")


def over_http() -> Iterator[Figure]:
    """Yield what the routes cost with everything around them: the bank's record, the broker's session, the clock."""
    with _world() as world:
        bank = world.onboard()
        world.move("deposit", 1_000_000, bank, key="so-that-there-is-cash")
        world.pass_by(days=5)
        for name in ("deposit", "withdrawal"):
            yield from _route(world, name, bank)


def _route(world: World, name: str, bank: str) -> Iterator[Figure]:
    world.move(name, 100, bank, key="so-that-all-is-warm")
    requests = _requests(lambda: world.move(name, 5_000, bank, key=f"the-{name}-that-counts"))
    yield Figure(f"{name}, over HTTP: DynamoDB requests", requests, "requests", 4 + ADMISSION)
    again = _requests(lambda: world.move(name, 5_000, bank, key=f"the-{name}-that-counts"))
    yield Figure(f"{name}, replayed: DynamoDB requests", again, "requests", 1 + ADMISSION)


def _event() -> Iterator[Figure]:
    harness = FundingHarness()
    owner = harness.person(cash_cents=1_000_000)
    deposit = _broker_payment(harness, harness.deposit(owner, 5_000).flow_id, PaymentStatus.SUCCESSFUL)
    requests = _requests(lambda: harness.flows.apply_event("a-deposit", deposit))
    yield Figure("event of a deposit: DynamoDB requests", requests, "requests", 3)
    withdrawal = _broker_payment(harness, harness.withdraw(owner, 5_000).flow_id, PaymentStatus.AWAITING_ADVISOR)
    partner = _partner_calls(harness)
    requests = _requests(lambda: harness.flows.apply_event("a-withdrawal", withdrawal))
    yield Figure("event of a withdrawal, approved by us: DynamoDB requests", requests, "requests", 4)
    yield Figure(
        "event of a withdrawal, approved by us: requests to the broker", _partner_calls(harness) - partner, "requests"
    )
    again = _requests(lambda: harness.flows.apply_event("a-deposit", deposit))
    yield Figure("event that comes again: DynamoDB requests", again, "requests", 3)


def _growth() -> Iterator[Figure]:
    harness = FundingHarness()
    owner = harness.person()
    for number in range(OTHERS):
        harness.deposit(owner, 100, key=f"one-of-many-{number:010d}")
    requests = _requests(lambda: harness.deposit(owner, 100, key="after-many-others"))
    yield Figure(f"deposit with {OTHERS} others on their way: DynamoDB requests", requests, "requests", 4)
    listing = _requests(lambda: harness.store.page(owner, direction=None, status=None, after=None, limit=30))
    yield Figure(f"list of money flows, {OTHERS} behind: DynamoDB requests", listing, "requests", 2)


def _throughput() -> Figure:
    harness = FundingHarness()
    events = []
    for _ in range(EVENTS):
        flow = harness.deposit(harness.person(), 5_000)
        events.append(_broker_payment(harness, flow.flow_id, PaymentStatus.SUCCESSFUL))
    began = time.perf_counter()
    for number, event in enumerate(events):
        harness.flows.apply_event(f"event-{number}", event)
    return Figure(
        "money-flow events applied, one process, tables in process",
        EVENTS / (time.perf_counter() - began),
        "per second",
    )


@contextmanager
def _world() -> Iterator[World]:
    with (
        mock_aws(),
        TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as environment,
    ):
        create_tables()
        for variable, value in create_keys_and_buckets().items():
            environment.setenv(variable, value)
        settings.cache_clear()
        aws_clients.client.cache_clear()
        tables.forget_connections()
        with new_world(Path(folder), environment) as world:
            yield world
    settings.cache_clear()
    aws_clients.client.cache_clear()
    tables.forget_connections()


def _broker_payment(harness: FundingHarness, flow_id: str, status: PaymentStatus) -> BrokerPayment:
    (payment,) = harness.broker.noted(flow_id)
    return harness.broker.move(payment.payment_id, status)


def _requests(step: Callable[[], object]) -> int:
    with counted() as seen:
        step()
    return sum(count for operation, count in seen.items() if operation in DYNAMODB)


def _partner_calls(harness: FundingHarness) -> int:
    return sum(harness.broker.calls.values())
