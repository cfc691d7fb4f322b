"""Every job over everybody, killed at each page: it goes on where it stopped, and nobody is lost."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from infra.catalogue import Function
from tests.support.crashes import Crash
from tests.support.everybody import JOBS, furnished, job, moment_of
from trading.platform.inbox import InboxRow
from trading.platform.runs import DONE
from trading.platform.shards import SHARDS


@pytest.fixture(autouse=True)
def everybody(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each index over everybody somebody in each shard, and each job its queues."""
    del aws
    with furnished(monkeypatch):
        yield


def fire(row: Function) -> Any:
    return job(row)({"job": row.name, "scheduled_at": moment_of(row)}, Delivery())


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
    return f"run#{row.name}#{moment_of(row)}"


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
