"""The stream edge: what was written to the outbox is carried to its queues within moments of its commit.

Whatever goes wrong here loses nothing: an event stays pending until it was sent, and the sweeper comes
each minute.
"""

from collections.abc import Mapping
from typing import Any

from trading.platform.delivery import Carrier
from trading.platform.domain_events import Envelope
from trading.platform.log_privacy import without_exception_texts
from trading.platform.observability import logger
from trading.platform.outbox import OutboxRow


def carry(event: dict[str, Any], context: Any) -> Mapping[str, Any]:  # noqa: ANN401 - AWS's own type
    """Carry a batch of the outbox's stream; report the records that nobody can read."""
    return without_exception_texts(_carry)(event, context)


def _carry(event: dict[str, Any], _: Any) -> Mapping[str, Any]:  # noqa: ANN401 - AWS's own type
    rows: list[OutboxRow] = []
    unread: list[str] = []
    for record in event["Records"]:
        row = _row(record["dynamodb"].get("NewImage", {}))
        if row is None:
            unread.append(str(record["dynamodb"]["SequenceNumber"]))
        elif row.pending_key is not None and row.queue is None:
            rows.append(row)
    if rows:
        Carrier().deliver(rows)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in unread]}


def _row(image: Mapping[str, Any]) -> OutboxRow | None:
    try:
        row = OutboxRow.from_raw_data(dict(image))
        Envelope.model_validate_json(row.body)
        row.destinations  # noqa: B018 - reads the queues
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        logger.error("event unreadable", code="outbox", exception_name=type(error).__name__)
        return None
    return row
