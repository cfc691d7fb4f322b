"""Rows that are due: put off before they are worked on, so that no step can raise for ever.

Whoever goes on with a row writes it anew, with the next moment that it is due. A step that raises, or
whose process dies, writes nothing: its row would be due at once and always. It is therefore put off
first, each time for longer, and in the end left to a person.
"""

from datetime import datetime, timedelta

from pynamodb.exceptions import UpdateError

from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.people import PersonRow, owner_of
from trading.platform.tables import Transaction

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
        _leave_to_person(row)
        return False
    until = int((now + PUT_OFF_FOR[tries]).timestamp())
    _update(row, [PersonRow.due_at.set(until), PersonRow.tries.set(tries + 1)])
    return True


def _leave_to_person(row: PersonRow) -> None:
    transaction = Transaction()
    told: dict[str, str | int] = {"owner": owner_of(str(row.pk)), "record": str(row.sk)}
    put_event(transaction, OutboxEvent("outcome_needs_person", f"{row.pk}:{row.sk}:{row.version}", told))
    transaction.commit()
    _update(row, [PersonRow.due_key.remove(), PersonRow.due_at.remove()])


def _update(row: PersonRow, actions: list[object]) -> None:
    """Change a row that is still due as it was read; where somebody wrote it meanwhile, it is theirs."""
    try:
        row.update(actions=actions, condition=PersonRow.due_at == row.due_at)  # type: ignore[arg-type]
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
