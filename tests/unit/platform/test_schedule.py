from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from infra.catalogue import schedules
from trading.platform.clock import SystemClock
from trading.platform.errors import InvalidRequest, Unavailable
from trading.platform.inbox import InboxRow
from trading.platform.schedule import LEASE, Job, scheduled

pytestmark = pytest.mark.usefixtures("aws")

AT = "2013-02-19T14:15:00Z"
RUN = f"run#plan#{AT}"


@dataclass(frozen=True)
class Delivery:
    """A Lambda context, as far as it matters."""

    aws_request_id: str


@dataclass
class Planner:
    """A job that counts its runs, and fails or is not due when asked to."""

    result: Mapping[str, object] = field(default_factory=lambda: {"status": "done", "dispatched": 12})
    failure: BaseException | None = None
    runs: list[datetime] = field(default_factory=list)

    def prepare(self) -> Job:
        return self.run

    def run(self, scheduled_at: datetime) -> Mapping[str, object]:
        self.runs.append(scheduled_at)
        if self.failure is not None:
            raise self.failure
        return self.result


def fire(planner: Planner, at: str = AT, *, delivery: str = "", again: bool = False) -> Mapping[str, object]:
    event = {"job": "plan", "scheduled_at": at} | ({"again": True} if again else {})
    return scheduled("plan", planner.prepare)(event, Delivery(delivery) if delivery else None)


def test_a_run_tells_what_it_did() -> None:
    planner = Planner()

    assert fire(planner) == {"status": "done", "dispatched": 12}
    assert planner.runs == [datetime(2013, 2, 19, 14, 15, tzinfo=UTC)]


@pytest.mark.parametrize("at", [AT, "2013-02-19T09:15:00-05:00", "2013-02-19T14:15:00+00:00"])
def test_a_run_that_finished_is_not_done_again(at: str) -> None:
    planner = Planner()
    fire(planner)

    assert fire(planner, at) == {"status": "duplicate"}
    assert len(planner.runs) == 1


def test_runs_are_told_apart_by_their_moment_and_job() -> None:
    planner, other = Planner(), Planner()
    fire(planner)

    fire(planner, "2013-02-20T14:15:00Z")
    scheduled("close", other.prepare)({"scheduled_at": AT}, None)

    assert (len(planner.runs), len(other.runs)) == (2, 1)


def test_a_run_may_be_asked_for_again() -> None:
    planner = Planner()
    fire(planner)

    assert fire(planner, again=True)["status"] == "done"
    assert fire(planner)["status"] == "duplicate"
    assert len(planner.runs) == 2


def test_a_job_that_is_not_due_leaves_no_trace() -> None:
    planner = Planner(result={"status": "not_due"})

    assert fire(planner) == {"status": "not_due"}
    assert list(InboxRow.scan()) == []
    assert fire(planner) == {"status": "not_due"}
    assert len(planner.runs) == 2


def test_a_run_that_failed_is_free_for_the_next_delivery() -> None:
    with pytest.raises(RuntimeError):
        fire(Planner(failure=RuntimeError()))

    assert fire(Planner())["status"] == "done"


def dies(planner: Planner, *, delivery: str) -> None:
    """Have a delivery die in the middle: nothing of ours runs after it."""
    planner.failure = SystemExit()
    with pytest.raises(SystemExit):
        fire(planner, delivery=delivery)
    planner.failure = None


def test_while_a_run_may_be_at_work_another_delivery_has_to_come_again() -> None:
    planner = Planner()
    dies(planner, delivery="first")

    with pytest.raises(Unavailable):
        fire(planner, delivery="second")
    assert len(planner.runs) == 1


def test_a_run_that_died_is_taken_over_when_its_own_delivery_is_tried_again() -> None:
    planner = Planner()
    dies(planner, delivery="first")

    assert fire(planner, delivery="first")["status"] == "done"
    assert fire(planner, delivery="first") == {"status": "duplicate"}


def test_a_run_that_died_is_taken_over_after_its_lease() -> None:
    planner = Planner()
    dies(planner, delivery="first")
    expired = SystemClock().now() - timedelta(seconds=1)
    InboxRow(RUN).update(actions=[InboxRow.lease_until.set(int(expired.timestamp()))])

    assert fire(planner, delivery="second")["status"] == "done"


def test_a_lease_is_longer_than_any_jobs_timeout() -> None:
    longest = max(row.timeout_seconds for row, _ in schedules())

    assert LEASE.total_seconds() > longest


@pytest.mark.parametrize("event", [{}, {"scheduled_at": None}, {"scheduled_at": "soon"}, {"scheduled_at": AT[:-1]}])
def test_a_run_without_its_moment_is_refused(event: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        scheduled("plan", Planner().prepare)(event, None)
