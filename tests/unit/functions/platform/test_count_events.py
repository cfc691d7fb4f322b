import json
from functools import partial
from typing import Any

import pytest

from tests.support.calls import handler_of
from tests.support.crashes import Crashes
from tests.support.events import PositionClosed
from tests.unit.platform.events import sqs_event
from trading.platform.outbox import OutboxEvent

pytestmark = pytest.mark.usefixtures("aws")

EVENT = json.loads(OutboxEvent(PositionClosed(), "portfolio#1").to_json())


def counted(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["type"] for line in lines if "DomainEvents" in line]


def work(*bodies: object) -> list[str]:
    answer: Any = handler_of("count_events").lambda_handler(sqs_event(*bodies), None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_an_event_is_counted_once_however_often_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    other = {**EVENT, "id": "other", "type": "session_missed"}

    assert work(EVENT, EVENT, other) == []
    assert work(EVENT) == []

    assert counted(capsys) == ["position_closed", "session_missed"]


def test_who_dies_anywhere_counts_an_event_again_rather_than_never(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crashes = Crashes(monkeypatch)
    places = crashes.count(partial(work, {**EVENT, "id": "undisturbed"}))
    assert places >= 4
    counted(capsys)

    for place in range(1, places + 1):
        event = {**EVENT, "id": f"event-{place}"}
        crashes.die_at(place, partial(work, event))
        work(event)
        work(event)

        assert counted(capsys) in (["position_closed"], ["position_closed"] * 2), place


@pytest.mark.parametrize("poison", ["{", {"id": "1"}, {"id": 1, "type": "x"}, []])
def test_what_is_no_event_fails_alone(poison: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert work(poison, EVENT) == ["message-0"]

    assert counted(capsys) == ["position_closed"]
