"""Alarms of the template: which there are, and each time that one goes off."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.alarm_template import Alarm, alarms_of
from sandbox.alarms import AGE, API_FAILED, VISIBLE, AlarmBoard
from sandbox.emulator import Sample, Work

NOW = datetime(2013, 2, 19, 15, tzinfo=UTC)
DEAD = "tiller-local-orders-dlq"


@dataclass
class Moving:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


def alarm(name: str, metric: str, *, namespace: str = "AWS/SQS", threshold: float = 1, is_sum: bool = False) -> Alarm:
    dimensions = {"type": name} if namespace == "Tiller" else {"QueueName": name}
    return Alarm(name, namespace, metric, dimensions, threshold, 300, is_sum, is_strict=False)


EVENT = alarm("deposit_returned", "DomainEvents", namespace="Tiller", is_sum=True)
ERRORS = Alarm("server_errors", "AWS/ApiGateway", "5xx", {"ApiId": None}, 5, 300, is_sum=True, is_strict=False)
LETTERS, OLD = alarm(DEAD, VISIBLE), alarm("tiller-local-orders", AGE, threshold=900)


@pytest.fixture
def clock() -> Moving:
    return Moving()


@pytest.fixture
def board(tmp_path: Path, clock: Moving) -> AlarmBoard:
    return AlarmBoard.in_folder(tmp_path, [EVENT, ERRORS, LETTERS, OLD], now=clock.now, afresh=True)


def reported(kind: str, value: float = 1) -> Sample:
    return Sample("Tiller", "DomainEvents", {"type": kind}, value)


def counts(board: AlarmBoard) -> dict[str, int]:
    return {item["name"]: item["count"] for item in board.items()["items"]}


def holding(**queues: int) -> Work:
    return Work(0, {f"tiller-local-{name.replace('_', '-')}": (count, 0) for name, count in queues.items()})


def test_what_did_not_go_off_is_not_listed(board: AlarmBoard) -> None:
    board.watch(Work(0, {DEAD: (0, 0)}, samples=(reported("deposit_succeeded"),)))

    assert board.items() == {"items": []}


def test_each_event_that_alarms_counts(board: AlarmBoard, clock: Moving) -> None:
    board.watch(Work(0, {}, samples=(reported("deposit_returned"), reported("deposit_returned"))))
    clock.moment += timedelta(minutes=1)
    board.watch(Work(0, {}, samples=(reported("deposit_returned"),)))

    assert board.items()["items"] == [
        {"name": "deposit_returned", "metric": "DomainEvents", "count": 3, "last_at": "2013-02-19T15:01:00Z"}
    ]


def test_a_sum_counts_each_time_that_it_is_reached_within_a_period(board: AlarmBoard, clock: Moving) -> None:
    for _ in range(4):
        board.take(API_FAILED)
    clock.moment += timedelta(minutes=6)
    board.take(API_FAILED)
    assert counts(board) == {}

    for _ in range(9):
        board.take(API_FAILED)

    assert counts(board) == {"server_errors": 2}


def test_dead_letters_count_when_they_come_and_when_there_are_more(board: AlarmBoard) -> None:
    for letters in (0, 1, 1, 3, 3, 2, 0, 1):
        board.watch(holding(orders_dlq=letters))

    assert counts(board) == {DEAD: 3}


def test_a_queue_ages_in_business_time_and_counts_once_until_it_is_young_again(
    board: AlarmBoard, clock: Moving
) -> None:
    waiting = Work(0, {"tiller-local-orders": (2, 0)}, {"tiller-local-orders": (1000.0, 3.0)})
    younger = Work(0, {"tiller-local-orders": (1, 0)}, {"tiller-local-orders": (1001.0, 2.0)})

    board.watch(waiting)
    for _ in range(3):
        clock.moment += timedelta(minutes=10)
        board.watch(waiting)
    assert counts(board) == {"tiller-local-orders": 1}
    board.watch(younger)
    clock.moment += timedelta(minutes=15)
    board.watch(younger)

    assert counts(board) == {"tiller-local-orders": 2}


def test_counts_outlive_a_restart_but_not_a_reset(tmp_path: Path, board: AlarmBoard, clock: Moving) -> None:
    board.take(reported("deposit_returned"))

    kept = AlarmBoard.in_folder(tmp_path, [EVENT], now=clock.now, afresh=False)
    reset = AlarmBoard.in_folder(tmp_path, [EVENT], now=clock.now, afresh=True)

    assert (counts(kept), counts(reset)) == ({"deposit_returned": 1}, {})


def test_alarms_are_read_from_the_templates_with_what_they_refer_to(tmp_path: Path) -> None:
    common = {"ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1, "Period": 300}
    queues = {
        "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "tiller-local-orders"}},
        "LettersAB12CD34": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                **common,
                "Namespace": "AWS/SQS",
                "MetricName": VISIBLE,
                "Statistic": "Maximum",
                "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Orders", "QueueName"]}}],
            },
        },
    }
    exported = {"Name": {"Value": {"Fn::GetAtt": ["Orders", "QueueName"]}, "Export": {"Name": "data:orders"}}}
    imported = [{"Name": "QueueName", "Value": {"Fn::ImportValue": "data:orders"}}]
    failing = [{"Name": "ApiId", "Value": {"Ref": "Api"}}]
    alarms = {
        "oldAB12CD34": {**common, "Namespace": "AWS/SQS", "MetricName": AGE, "Dimensions": imported},
        "failingAB12CD34": {
            **common,
            "Namespace": "AWS/ApiGateway",
            "MetricName": "5xx",
            "Statistic": "Sum",
            "Dimensions": failing,
        },
        "below": {**common, "ComparisonOperator": "LessThanThreshold", "Namespace": "x", "MetricName": "y"},
    }
    others = {name: {"Type": "AWS::CloudWatch::Alarm", "Properties": properties} for name, properties in alarms.items()}
    (tmp_path / "data.template.json").write_text(json.dumps({"Resources": queues, "Outputs": exported}))
    (tmp_path / "alarms.template.json").write_text(json.dumps({"Resources": others}))

    read = {(alarm.name, alarm.metric): alarm for alarm in alarms_of(tmp_path)}

    assert set(read) == {("orders", VISIBLE), ("orders", AGE), ("failing", "5xx")}
    assert read["orders", AGE].dimensions == {"QueueName": "tiller-local-orders"}
    assert (read["failing", "5xx"].dimensions, read["failing", "5xx"].is_sum) == ({"ApiId": None}, True)
