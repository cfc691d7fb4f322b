"""The schedule edge: a run is keyed by its job and the moment it was scheduled for.

The scheduler delivers at least once. A run that finished is not done again; one that failed is free
for the next delivery. One that died is taken over when the same delivery is tried again, or by
another delivery when its lease has ended; until then that one fails, so that the scheduler comes
again. A job that finds itself not due leaves no trace.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pynamodb.exceptions import PutError

from trading.platform.clock import SystemClock, rfc3339
from trading.platform.deadline import lambda_seconds, time_limit
from trading.platform.errors import Unavailable
from trading.platform.ids import new_id
from trading.platform.inbox import KEPT_FOR, InboxRow
from trading.platform.last_runs import note_run
from trading.platform.log_privacy import without_exception_texts
from trading.platform.observability import correlate, logger
from trading.platform.runs import DONE, DUPLICATE, LEASE, NOT_DUE, RUNNING, moment_of

__all__ = ["DONE", "FINISH_SECONDS", "LEASE", "NOT_DUE", "Job", "scheduled"]

FINISH_SECONDS = 10
"""What of a job's time no partner gets, so that a run can write how far it came."""

Job = Callable[[datetime], Mapping[str, object]]


def scheduled(name: str, prepare: Callable[[], Job]) -> Callable[[dict[str, Any], Any], Mapping[str, object]]:
    """Return the entry point of a scheduled function.

    `prepare` is called once per invocation and returns the job, which takes the moment that the run
    was scheduled for and returns what it did. An event with `again` runs whatever was done before.
    """

    def lambda_handler(event: dict[str, Any], context: Any) -> Mapping[str, object]:  # noqa: ANN401 - AWS's own type
        scheduled_at = moment_of(event)
        run_id = f"run#{name}#{rfc3339(scheduled_at)}"
        correlate(run_id)
        # Lambda tries a delivery again under the same request id, and only when the last try has ended.
        delivery = getattr(context, "aws_request_id", None) or new_id()
        if not _claim(run_id, delivery, again=event.get("again") is True):
            return DUPLICATE
        try:
            with time_limit(lambda_seconds(context) - FINISH_SECONDS):
                result = prepare()(scheduled_at)
        except Exception:
            InboxRow(run_id).delete()
            raise
        if result.get("status") != NOT_DUE:
            note_run(name, scheduled_at)
        _finish(run_id, result)
        logger.info("run finished", job=name, status=str(result.get("status")), scheduled_at=rfc3339(scheduled_at))
        return result

    return without_exception_texts(lambda_handler)


def _claim(run_id: str, delivery: str, *, again: bool) -> bool:
    now = int(SystemClock().now().timestamp())
    lease_until = now + int(LEASE.total_seconds())
    row = InboxRow(run_id, status=RUNNING, reference=delivery, lease_until=lease_until, expires_at=_expiry())
    abandoned = (InboxRow.lease_until < now) | (InboxRow.reference == delivery)
    free = InboxRow.pk.does_not_exist() | ((InboxRow.status == RUNNING) & abandoned)
    try:
        row.save(None if again else free)
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        if not _is_done(run_id):
            raise Unavailable("Another delivery of this run is at work.") from error
        return False
    return True


def _is_done(run_id: str) -> bool:
    try:
        return bool(InboxRow.get(run_id, consistent_read=True).status == DONE)
    except InboxRow.DoesNotExist:
        return False


def _finish(run_id: str, result: Mapping[str, object]) -> None:
    if result.get("status") == NOT_DUE:
        InboxRow(run_id).delete()
    else:
        InboxRow(run_id, status=DONE, expires_at=_expiry()).save()


def _expiry() -> int:
    return int((SystemClock().now() + KEPT_FOR).timestamp())
