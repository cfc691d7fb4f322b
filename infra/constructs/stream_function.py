"""Functions that follow a table's stream."""

import json

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.catalogue import Function, Stream
from infra.constructs.alarms import Watched, add_alarm
from infra.constructs.base_function import BaseFunction, Surroundings

BATCH = 100
TRIES = 3
GOOD_FOR = cdk.Duration.minutes(10)
PARALLEL_BATCHES = 10
MAX_AGE_MS = 60_000
READING = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}


class StreamFunction(BaseFunction):
    """A function that takes what was written to a table, of one lane, in batches of which each record may fail.

    A batch that fails is parted in two; what fails again and again ends among the failures, and blocks nobody.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, row: Function, stream: Stream, around: Surroundings
    ) -> None:
        super().__init__(scope, construct_id, row=row, around=around)
        arn = around.tables[stream.table].table_stream_arn
        if arn is None:
            raise ValueError(f"the table {stream.table} has no stream")
        self.allow(READING, [arn], service="dynamodb")
        source = lambda_.EventSourceMapping(
            self,
            "Source",
            target=self.function,
            event_source_arn=arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=BATCH,
            parallelization_factor=PARALLEL_BATCHES,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            retry_attempts=TRIES,
            max_record_age=GOOD_FOR,
            on_failure=sources.SqsDlq(around.failures),
            filters=[{"pattern": json.dumps({"dynamodb": {"NewImage": {stream.key: {"S": list(stream.values)}}}})}],
        )
        source.node.add_dependency(self.role)
        if around.alarms is not None:
            add_alarm(self, "Late", self._late(row), around.alarms)

    def _late(self, row: Function) -> Watched:
        age = self.function.metric("IteratorAge", statistic=cloudwatch.Stats.MAXIMUM)
        meaning = f"{row.name} is behind what was written by more than a minute"
        return Watched(metric=age, threshold=MAX_AGE_MS, about="stream_late", meaning=meaning)
