"""Writes `docs/events.md`: every domain event with its fields and who follows it."""

from collections.abc import Iterator
from typing import Any

from infra.catalogue import ROOT
from infra.reference.event_schemas import schema_of
from trading.events import AREAS, EVENTS
from trading.platform.domain_events import DomainEvent

FILE = ROOT / "docs" / "events.md"
HEAD = """# Events

Generated from the code by `make docs`; do not edit. The JSON schemas are in [schemas/events.json](schemas/events.json).

Every change writes its events into the outbox in its own transaction, and each event is carried to the queues of
those who follow it, at least once and in no order:

    {"id": "9f1c...", "type": "deposit_succeeded", "payload": {"owner": "ada", "amount_cents": 50000, ...}}

The same event always has the same `id`: whoever reads one drops what it saw before, and leaves out fields that it
does not know. Fields marked `?` may be absent. Every event is counted from `domain-events`, or its urgent
counterpart; **urgent** events, which stop money or entries, go ahead of all others.
"""


def text() -> str:
    """Return the page as the file holds it."""
    return "\n".join([HEAD, *(line for area in AREAS for line in _section(area.__name__))])


def _section(module: str) -> Iterator[str]:
    records = [record for record in EVENTS.values() if record.__module__ == module]
    yield f"## {module.split('.')[1].capitalize()}\n"
    yield "| event | what happened | fields | followed by |"
    yield "|---|---|---|---|"
    yield from (_row(record) for record in sorted(records, key=lambda record: record.name))
    yield ""


def _row(record: type[DomainEvent]) -> str:
    payload: dict[str, Any] = schema_of(record)["properties"]["payload"]
    required = payload.get("required", ())
    fields = (f"`{name}`" if name in required else f"`{name}`?" for name in payload["properties"])
    followers = ", ".join(f"`{subscriber.value}`" for subscriber in record.subscribers) or "counted alone"
    urgent = " **urgent**" if record.lane().value == "urgent" else ""
    said = " ".join((record.__doc__ or "").split())
    return f"| `{record.name}`{urgent} | {said} | {', '.join(fields)} | {followers} |"
