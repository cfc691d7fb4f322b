"""The schedule edge: a run is keyed by its job and the moment it was scheduled for.

The scheduler delivers at least once. A run that finished is not done again; one that failed is free
for the next delivery, one that died is so when its lease has ended, and until then a delivery fails,
so that the scheduler comes again. A job that finds itself not due leaves no trace.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.exceptions import PutError

from trading.platform.clock import SystemClock, rfc3339
from trading.platform.errors import InvalidRequest, Unavailable
from trading.platform.inbox import KEPT_FOR, InboxRow
from trading.platform.observability import correlate, logger

LEASE = timedelta(minutes=6)
"""Longer than any job's timeout."""

NOT_DUE = "not_due"
DUPLICATE: Mapping[str, object] = {"status": "duplicate"}

Job = Callable[[datetime], Mapping[str, object]]


def scheduled(name: str, prepare: Callable[[], Job]) -> Callable[[dict[str, Any], Any], Mapping[str, object]]:
    """Return the entry point of a scheduled function.

    `prepare` is called once per invocation and returns the job, which takes the moment that the run
    was scheduled for and tells what it did. An event with `again` runs whatever was done before.
    """

    def lambda_handler(event: dict[str, Any], _: Any) -> Mapping[str, object]:  # noqa: ANN401 - AWS's own type
        scheduled_at = _moment(event)
        run_id = f"run#{name}#{rfc3339(scheduled_at)}"
        correlate(run_id)
        if not _claim(run_id, again=event.get("again") is True):
            return DUPLICATE
        try:
            result = prepare()(scheduled_at)
        except Exception:
            InboxRow(run_id).delete()
            raise
        if result.get("status") == NOT_DUE:
            InboxRow(run_id).delete()
        else:
            _finish(run_id)
        logger.info("run finished", job=name, status=str(result.get("status")), scheduled_at=rfc3339(scheduled_at))
        return result

    return lambda_handler


def _moment(event: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(event["scheduled_at"])).astimezone(UTC)
    except (KeyError, ValueError):
        raise InvalidRequest("A run needs the moment that it was scheduled for.") from None


def _claim(run_id: str, *, again: bool) -> bool:
    now = int(SystemClock().now().timestamp())
    row = InboxRow(run_id, status="running", lease_until=now + int(LEASE.total_seconds()), expires_at=_expiry())
    free = InboxRow.pk.does_not_exist() | ((InboxRow.status == "running") & (InboxRow.lease_until < now))
    try:
        row.save(None if again else free)
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        if InboxRow.get(run_id, consistent_read=True).status != "done":
            raise Unavailable("Another delivery of this run is at work.") from error
        return False
    return True


def _finish(run_id: str) -> None:
    InboxRow(run_id, status="done", expires_at=_expiry()).save()


def _expiry() -> int:
    return int((SystemClock().now() + KEPT_FOR).timestamp())
