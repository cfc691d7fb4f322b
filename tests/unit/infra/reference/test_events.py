"""`docs/events.md` and the schemas are current, and every event that is written fits its schema."""

import json
from typing import Any

import jsonschema_rs
import pytest

from infra.reference import event_schemas, events
from tests.support.events import sample
from trading.events import EVENTS
from trading.platform.outbox import OutboxEvent

SCHEMAS: dict[str, Any] = json.loads(event_schemas.FILE.read_text())


@pytest.mark.parametrize("page", [events, event_schemas], ids=["page", "schemas"])
def test_the_pages_of_events_are_current(page: Any) -> None:
    assert page.FILE.read_text() == page.text(), "run `make docs`"


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_as_it_is_written_fits_its_schema_and_no_other(name: str) -> None:
    event = json.loads(OutboxEvent(sample(name), "subject").to_json())

    jsonschema_rs.validate(SCHEMAS, event)
    assert not jsonschema_rs.is_valid(SCHEMAS["$defs"][name], {**event, "type": "deposit_succeded"})


@pytest.mark.parametrize("name", EVENTS)
def test_a_schema_takes_a_field_that_comes_later(name: str) -> None:
    event = json.loads(OutboxEvent(sample(name), "subject").to_json())
    event["payload"]["more"] = "later"

    jsonschema_rs.validate(SCHEMAS, event)
