"""Tables, queues, secrets and the alarm topic: what outlives the code."""

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.catalogue import QUEUES, TABLES, Queue, consumers
from infra.constructs.dead_lettered_queue import DeadLetteredQueue, DeadLetterQueue
from infra.constructs.record_table import RecordTable
from infra.stages import Stage

VISIBILITY_FACTOR = 6
"""A message stays invisible for six times its consumer's timeout, so that it is not tried twice at once."""


class DataStack(cdk.Stack):
    """All tables, queues and secrets of a stage, by their catalogue names."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id, termination_protection=stage.protected)
        self._stage = stage
        self.alarms = sns.Topic(self, "Alarms", topic_name=f"{stage.prefix}-alarms", enforce_ssl=True)
        self.tables = {
            row.name: RecordTable(
                self, f"{row.name}-table", row=row, name=f"{stage.prefix}-{row.name}", protected=stage.protected
            ).table
            for row in TABLES
        }
        self.queues = {row.name: self._queue(row).queue for row in QUEUES}
        self.failed_runs = DeadLetterQueue(
            self, "failed-runs", name=f"{stage.prefix}-failed-runs", alarms=self.alarms
        ).queue
        self.cursor_key = secretsmanager.Secret(
            self,
            "CursorKey",
            secret_name=f"{stage.prefix}-cursor-key",
            description="Signs the cursors of lists",
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True),
        )
        self.market_data_keys = secretsmanager.Secret(
            self,
            "MarketDataKeys",
            secret_name=f"{stage.prefix}-market-data",
            description="The market data provider's keys; put them in by hand",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                exclude_punctuation=True,
                secret_string_template='{"key_id": "replace-me"}',  # noqa: S106 - a form to fill in
                generate_string_key="secret_key",
            ),
        )

    def _queue(self, row: Queue) -> DeadLetteredQueue:
        seconds = self._stage.visibility_seconds or VISIBILITY_FACTOR * _consumer_timeout(row.name)
        return DeadLetteredQueue(
            self,
            f"{row.name}-queue",
            name=f"{self._stage.prefix}-{row.name}",
            visibility=cdk.Duration.seconds(seconds),
            alarms=self.alarms,
        )


def _consumer_timeout(queue: str) -> int:
    return next(function.timeout_seconds for function, consumer in consumers() if consumer.queue == queue)
