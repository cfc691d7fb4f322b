"""Rows that are due: put off before they are worked on, so that no step can raise for ever.

Whoever goes on with a row writes it anew, with the next moment that it is due. A step that raises, or
whose process dies, writes nothing: its row would be due at once and always. It is therefore put off
first, each time for longer, and in the end left to a person: operators find it among what is unknown.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from trading.platform.clock import rfc3339
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.people import PersonRow, owner_of, set_due, set_unknown
from trading.platform.tables import ConditionFailed, Transaction

PUT_OFF_FOR = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), *[timedelta(days=1)] * 5)


def put_off(pk: str, sk: str, now: datetime) -> bool:
    """Put a due row off before it is worked on; return False where it was tried too often and is a person's now."""
    try:
        row = PersonRow.get(pk, sk, consistent_read=True)
    except PersonRow.DoesNotExist:
        return True
    if row.due_at is None or row.due_at > now.timestamp():
        return True
    tries = int(row.tries or 0)
    if tries >= len(PUT_OFF_FOR):
        _leave_to_person(row, now)
        return False
    until = int((now + PUT_OFF_FOR[tries]).timestamp())
    _update(row, [PersonRow.due_at.set(until), PersonRow.tries.set(tries + 1)])
    return True


def _leave_to_person(row: PersonRow, now: datetime) -> None:
    transaction, is_as_read = Transaction(), unchanged(row) & (PersonRow.due_at == row.due_at)
    record = OutcomeNeedsPerson(owner=owner_of(str(row.pk)), record=str(row.sk))
    put_event(transaction, OutboxEvent(record, f"{row.pk}:{row.sk}:{rfc3339(now)}"))
    set_due(row, "resolve", None)
    set_unknown(row, now)
    transaction.put(row, is_as_read)
    with suppress(ConditionFailed):  # where somebody wrote it meanwhile, it is theirs
        transaction.commit()


def is_stuck(row: PersonRow) -> bool:
    """Say whether a row was left to a person because whoever went on with it never came to an end."""
    return row.unknown_key is not None and int(row.tries or 0) >= len(PUT_OFF_FOR)


def unchanged(row: PersonRow) -> Condition:
    """Return the condition that a row has the version and the tries that were read."""
    has_version = PersonRow.version == row.version if row.version is not None else PersonRow.version.does_not_exist()
    both: Condition = has_version & (PersonRow.tries == row.tries)
    return both


def _update(row: PersonRow, actions: list[object]) -> None:
    """Change a row that is still due as it was read; where somebody wrote it meanwhile, it is theirs."""
    try:
        row.update(actions=actions, condition=PersonRow.due_at == row.due_at)  # type: ignore[arg-type]
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
