"""Event sources on the outbox's stream: one a lane, failures one by one, nothing that blocks for ever."""

import json
from typing import Any

from infra.catalogue import FUNCTIONS, Stream
from tests.infra.templates import Templates

FOLLOWERS = [row for row in FUNCTIONS if isinstance(row.trigger, Stream)]


def test_each_lane_is_followed_by_a_function_of_its_own(every_stage: Templates) -> None:
    assert [row.name for row in FOLLOWERS] == ["relay_urgent_events", "relay_events"]

    patterns = [
        json.loads(source["FilterCriteria"]["Filters"][0]["Pattern"])["dynamodb"]["NewImage"]["pending_key"]["S"]
        for source in _sources(every_stage)
    ]
    assert sorted(patterns) == [[f"{lane}#{shard}" for shard in range(4)] for lane in ("ordinary", "urgent")]


def test_failures_are_reported_one_by_one_and_block_nobody(every_stage: Templates) -> None:
    for source in _sources(every_stage):
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        assert 0 < source["MaximumRetryAttempts"] <= 5
        assert 60 <= source["MaximumRecordAgeInSeconds"] <= 3600
        assert source["StartingPosition"] == "TRIM_HORIZON"
        ends_in = every_stage.meant(source["DestinationConfig"]["OnFailure"]["Destination"])
        assert ends_in["QueueName"] == f"tiller-{every_stage.stage}-failed-runs"


def test_the_outbox_alone_has_a_stream_of_what_was_written(every_stage: Templates) -> None:
    streams = {
        resource["TableName"]: resource["StreamSpecification"]
        for resource in every_stage.properties("AWS::DynamoDB::Table")
        if "StreamSpecification" in resource
    }

    assert streams == {f"tiller-{every_stage.stage}-outbox": {"StreamViewType": "NEW_IMAGE"}}


def _sources(stage: Templates) -> list[Any]:
    found = stage.properties("AWS::Lambda::EventSourceMapping")
    return [mapping for mapping in found if "StartingPosition" in mapping]
