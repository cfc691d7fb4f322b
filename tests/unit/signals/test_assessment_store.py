"""Assessments in DynamoDB: one revision after the other, a change of the verdict with its event or not at all."""

import json
from datetime import UTC, datetime

import pytest

from tests.unit.signals.test_gate import PROVEN
from trading.markets.models import Exchange
from trading.platform.errors import StaleRecord
from trading.platform.outbox import OutboxRow
from trading.signals.assessment_store import DynamoAssessmentStore
from trading.signals.figures import LiveFigures
from trading.signals.gate import judge
from trading.signals.models import Assessment, GateChange, Source

AT = datetime(2013, 2, 19, 23, 30, tzinfo=UTC)
FIRST = Assessment("baseline-1", judge(PROVEN), PROVEN, LiveFigures(sessions=3, net_t=0.5), AT, revision=1)
CHANGE = GateChange(Exchange.NASDAQ, Source.BASELINE, "baseline-1", judge(PROVEN), AT)


def test_an_assessment_comes_back_as_it_went(aws: None) -> None:
    del aws
    store = DynamoAssessmentStore()

    store.save(Exchange.NASDAQ, Source.BASELINE, FIRST)

    assert store.find(Exchange.NASDAQ, Source.BASELINE) == FIRST
    assert store.find(Exchange.NYSE, Source.BASELINE) is None
    assert store.find(Exchange.NASDAQ, Source.MODEL) is None
    assert store.changes(10) == ()


def test_a_change_is_written_with_its_event(aws: None) -> None:
    del aws
    store = DynamoAssessmentStore()

    store.save(Exchange.NASDAQ, Source.BASELINE, FIRST, CHANGE)

    assert store.changes(10) == (CHANGE,)
    (event,) = OutboxRow.scan()
    body = json.loads(event.body)
    assert (body["type"], body["payload"]["exchange"]) == ("gate_changed", "NASDAQ")
    assert body["payload"]["verdict"] == "proven"


@pytest.mark.parametrize("revision", [1, 3])
def test_another_revision_than_the_next_one_writes_nothing(aws: None, revision: int) -> None:
    del aws
    store = DynamoAssessmentStore()
    store.save(Exchange.NASDAQ, Source.BASELINE, FIRST)

    with pytest.raises(StaleRecord):
        store.save(Exchange.NASDAQ, Source.BASELINE, Assessment("other", revision=revision), CHANGE)

    assert store.find(Exchange.NASDAQ, Source.BASELINE) == FIRST
    assert store.changes(10) == ()
    assert list(OutboxRow.scan()) == []
