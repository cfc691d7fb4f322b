"""Every job over everybody, killed at each page: it goes on where it stopped, and nobody is lost."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from infra.catalogue import FUNCTIONS, SHARDS, Function
from tests.support.calls import handler_of
from tests.support.crashes import Crash
from tests.support.markets import FakeMarket
from tests.support.quotes import quoted
from trading.automation.day_trading.wiring import job_service
from trading.markets.service import QuoteBook
from trading.platform.fan_out import FanOut
from trading.platform.inbox import InboxRow
from trading.platform.runs import DONE
from trading.platform.settings import settings

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


@pytest.fixture(autouse=True)
def everybody(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each index over everybody somebody in each shard, and each job its queues."""
    del aws
    for queue in sorted({queue for row in JOBS for queue in row.sends_to}):
        url = boto3.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
        monkeypatch.setenv(f"QUEUE_{queue.upper().replace('-', '_')}", url)
    settings.cache_clear()
    for shard in range(SHARDS):
        _add_people(shard)
        _add_portfolio(shard)
    _put("portfolios", pk="held#NASDAQ", sk="2013-02-19", symbols={"AAA"})
    yield
    settings.cache_clear()


def _add_people(shard: int) -> None:
    for number, group in enumerate(GROUPS):
        _put("people", pk=f"person#g{number}-{shard}", sk=f"row#{group}", group_key=f"{group}#{shard}")
    for number, kind in enumerate(KINDS):
        _put("people", pk=f"person#d{number}-{shard}", sk="invoice#2013-01", due_key=f"{kind}#{shard}", due_at=1)


def _add_portfolio(shard: int) -> None:
    keys = {f"{kind}_shard": f"{kind}#NASDAQ#{shard}" for kind in ("active", "automated")}
    keys |= {f"{kind}_key": f"{kind}#NASDAQ#{shard}" for kind in ("enter", "close", "open")}
    numbers = {"enter_at": 1, "close_at": 1, "stop_price": 200, "target_price": 300}
    hit = dict.fromkeys(("stop_key", "target_key"), f"NASDAQ#AAA#{shard}")
    _put("portfolios", pk=f"portfolio#p{shard}#{shard + 1}", sk="position#2013-02-19#AAA", **keys, **numbers, **hit)


def _put(table: str, **item: Any) -> None:
    boto3.resource("dynamodb").Table(table).put_item(Item=item)


def job(row: Function) -> FanOut:
    """Return a job as it is deployed; the one that asks for prices gets some."""
    handler = handler_of(row.name).lambda_handler
    assert isinstance(handler, FanOut), f"{row.name} cannot go on where it stopped"
    if row.name != "monitor_positions":
        return handler
    quotes = QuoteBook(lambda: FakeMarket(given=QUOTES))
    return FanOut(
        row.name,
        lambda send: replace(job_service(send), quotes=quotes, clock=Standing()).monitor,  # type: ignore[arg-type]
    )


class Standing:
    def now(self) -> datetime:
        return datetime(2013, 2, 19, 17, 0, tzinfo=UTC)


def fire(row: Function) -> Any:
    return job(row)({"job": row.name, "scheduled_at": MOMENTS.get(row.name, NOON)}, Delivery())


class Delivery:
    aws_request_id, function_name = "first", "job"


def taken(row: Function) -> Counter[str]:
    """Return what lies in a job's queues, which are empty then."""
    queues = [sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].queues[queue] for queue in row.sends_to]
    found = Counter(str(message.body) for queue in queues for message in queue.messages)
    for queue in queues:
        queue._messages.clear()
    return found


@pytest.mark.parametrize("row", JOBS, ids=lambda row: row.name)
def test_a_job_that_is_killed_at_each_page_goes_on_where_it_stopped(
    row: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fire(row)["status"] == "done"
    undisturbed = taken(row)
    pages = 1 if row.name == "monitor_positions" else SHARDS
    assert len(undisturbed) >= SHARDS

    InboxRow(_run_id(row)).delete()
    deaths = Deaths(monkeypatch)
    lives = sum(deaths.happen_in(lambda: fire(row)) for _ in range(30))

    assert lives == deaths.count >= pages
    assert InboxRow.get(_run_id(row)).status == DONE
    got = taken(row)
    assert set(got) == set(undisturbed)
    assert max(got.values()) <= 2, "a page that was behind the cursor was sent again"


def _run_id(row: Function) -> str:
    return f"run#{row.name}#{MOMENTS.get(row.name, NOON)}"


class Deaths:
    """Has an invocation die behind each first sending of a page, before the cursor is kept, and behind the keeping."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._seen: set[str] = set()
        real = BaseClient._make_api_call

        def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            answer = real(client, operation, arguments)
            self._die_once(operation, arguments)
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", call)

    def happen_in(self, step: Any) -> bool:
        before = self.count
        try:
            step()
        except Crash:
            return True
        return self.count > before

    def _die_once(self, operation: str, arguments: dict[str, Any]) -> None:
        sent = "".join(sorted(entry["MessageBody"] for entry in arguments.get("Entries", ())))
        values = arguments.get("ExpressionAttributeValues", {}).values() if operation == "UpdateItem" else ()
        place = sent or "".join(value["S"] for value in values if '"done"' in value.get("S", ""))
        if place and place not in self._seen:
            self._seen.add(place)
            self.count += 1
            raise Crash


def test_every_job_that_hands_work_to_queues_is_killed_here() -> None:
    assert {row.name for row in JOBS} >= {
        "plan_sessions",
        "open_sessions",
        "close_sessions",
        "snapshot_portfolios",
        "monitor_positions",
        "sweep_positions",
        "refresh_balances",
        "reconcile",
        "resolve_unknown",
        "accrue_fees",
        "create_invoices",
        "charge_invoices",
        "release_versions",
        "poll_autopilot_runs",
        "snapshot_accounts",
    }
