"""The last run of each job that was due and finished, one row each in the inbox, for whoever asks how jobs do."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from pynamodb.exceptions import PutError

from trading.platform.inbox import InboxRow


def note_run(job: str, scheduled_at: datetime) -> None:
    """Keep when a job's latest run was scheduled for; one that is overtaken changes nothing. One request."""
    moment = int(scheduled_at.timestamp())
    row = InboxRow(_key(job), scheduled_at=moment)
    try:
        row.save(InboxRow.pk.does_not_exist() | (InboxRow.scheduled_at <= moment))
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def last_runs(jobs: Collection[str]) -> Mapping[str, datetime]:
    """Return when the last run of each job was scheduled for, of those that ever ran. A request per 100 jobs."""
    rows = InboxRow.batch_get([_key(job) for job in jobs]) if jobs else ()
    return {row.pk.removeprefix("job#"): datetime.fromtimestamp(int(row.scheduled_at or 0), UTC) for row in rows}


def _key(job: str) -> str:
    return f"job#{job}"
