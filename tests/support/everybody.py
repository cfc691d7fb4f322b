"""Somebody in each shard of every index over everybody, for the jobs that hand work to queues for all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest

from infra.catalogue import FUNCTIONS, Function
from tests.support.calls import handler_of
from tests.support.corporate_actions import FakeAnnouncements
from tests.support.markets import FakeMarket
from tests.support.quotes import quoted
from trading.automation.corporate_actions.wiring import action_job
from trading.automation.day_trading.wiring import job_service
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange
from trading.markets.service import QuoteCache
from trading.platform.fan_out import FanOut, Job, Send
from trading.platform.settings import settings
from trading.platform.shards import SHARDS

JOBS = [row for row in FUNCTIONS if row.fans_out]
NOON = "2013-02-19T17:00:00Z"
MOMENTS = {
    "plan_sessions": "2013-02-19T14:15:00Z",
    "open_sessions": "2013-02-19T14:30:00Z",
    "close_sessions": "2013-02-19T20:30:00Z",
    "sweep_positions": "2013-02-19T20:40:00Z",
    "snapshot_portfolios": "2013-02-19T21:00:00Z",
    "snapshot_accounts": "2013-02-19T22:00:00Z",
}
GROUPS = ("open-accounts", "live-links", "managed")
KINDS = ("resolve", "charge", "autopilot-due")
QUOTES = [quoted("AAA", 100, datetime(2013, 2, 19, 17, 0, tzinfo=UTC))]


class NoonClock:
    """A clock at which it is always noon."""

    def now(self) -> datetime:
        """Return noon."""
        return datetime(2013, 2, 19, 17, 0, tzinfo=UTC)


@contextmanager
def furnished(environment: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each index over everybody somebody in each shard, and each job its queues."""
    for queue in sorted({queue for row in JOBS for queue in row.sends_to}):
        url = boto3.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
        environment.setenv(f"QUEUE_{queue.upper().replace('-', '_')}", url)
    settings.cache_clear()
    for shard in range(SHARDS):
        add_people(shard, 1)
        add_portfolios(shard, 1)
    _put("portfolios", [{"pk": "held#NASDAQ", "sk": "2013-02-19", "symbols": {"AAA"}}])
    yield
    settings.cache_clear()


def add_people(shard: int, number: int, *, first: int = 0) -> None:
    """Put so many people into a shard of each group, and of each kind of what is due."""
    places = range(first, first + number)
    rows = [
        {"pk": f"person#g{group}-{shard}-{place}", "sk": f"row#{group}", "group_key": f"{group}#{shard}"}
        for group in GROUPS
        for place in places
    ]
    rows += [
        {"pk": f"person#d{kind}-{shard}-{place}", "sk": "invoice#2013-01", "due_key": f"{kind}#{shard}", "due_at": 1}
        for kind in KINDS
        for place in places
    ]
    _put("people", rows)


def add_portfolios(shard: int, number: int, *, first: int = 0) -> None:
    """Put so many portfolios into a shard, with whatever a job of the trading day may look for."""
    keys = {f"{kind}_shard": f"{kind}#NASDAQ#{shard}" for kind in ("active", "automated")}
    keys |= {f"{kind}_key": f"{kind}#NASDAQ#{shard}" for kind in ("enter", "close", "open")}
    numbers = {"enter_at": 1, "close_at": 1, "stop_price": 200, "target_price": 300}
    hit = dict.fromkeys(("stop_key", "target_key"), f"NASDAQ#AAA#{shard}")
    rows = [
        {"pk": f"portfolio#p{shard}-{place}#{shard + 1}", "sk": "position#2013-02-19#AAA", **keys, **numbers, **hit}
        for place in range(first, first + number)
    ]
    _put("portfolios", rows)


def job(row: Function) -> FanOut:
    """Return a job as it is deployed; the one that asks for prices gets some."""
    handler = handler_of(row.name).lambda_handler
    assert isinstance(handler, FanOut), f"{row.name} cannot go on where it stopped"
    if row.name == "monitor_positions":
        return FanOut(row.name, _monitor)
    return FanOut(row.name, _actions) if row.name == "apply_corporate_actions" else handler


def _monitor(send: Send) -> Job:
    quotes = QuoteCache(lambda: FakeMarket(given=QUOTES))
    return replace(job_service(send), quotes=quotes, clock=NoonClock()).monitor


def _actions(send: Send) -> Job:
    split = CorporateAction(ActionKind.SPLIT, Exchange.NASDAQ, "AAA", date(2013, 2, 19), Terms(Decimal(1), Decimal(2)))
    return replace(action_job(send), announcements=lambda: FakeAnnouncements([split])).apply


def moment_of(row: Function) -> str:
    """Return a moment at which a job is due."""
    return MOMENTS.get(row.name, NOON)


def _put(table: str, items: list[dict[str, Any]]) -> None:
    with boto3.resource("dynamodb").Table(table).batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
