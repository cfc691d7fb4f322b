"""What the outbox tells of a person."""

import json

from trading.platform.outbox import OutboxRow


def told(owner: str) -> list[str]:
    """Return the names of the events about a person."""
    bodies = [json.loads(str(row.body)) for row in OutboxRow.scan()]
    return [body["type"] for body in bodies if body["payload"].get("owner") == owner]
