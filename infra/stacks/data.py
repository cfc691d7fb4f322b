"""Tables, queues, keys, secrets, documents, models, results and the alarm topic: what outlives the code."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.catalogue import QUEUES, TABLES, Queue, consumers
from infra.catalogue.secrets import SECRETS
from infra.constructs.alarm_topic import AlarmTopic
from infra.constructs.dead_lettered_queue import DeadLetteredQueue, DeadLetterQueue, QueueTimes
from infra.constructs.kept_secret import KeptSecret
from infra.constructs.private_bucket import DOCUMENTS_PREFIX, RESULTS_PREFIX, PrivateBucket, lifecycle_of
from infra.constructs.record_table import RecordTable
from infra.stages import Stage

KEYS: Mapping[str, str] = {
    "tax-ids": "Seals tax ids; one function alone may open them",
    "tokens": "Seals what opens people's bank links and our sessions at partners",
}
"""The encryption keys, by the names that the catalogue uses."""


class DataStack(cdk.Stack):
    """All tables, queues and secrets of a stage, by their catalogue names."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, env: cdk.Environment) -> None:
        super().__init__(scope, construct_id, env=env, termination_protection=stage.protected)
        self._stage = stage
        self.alarms = AlarmTopic(self, "alarm-topic", stage=stage).topic
        self.tables = {
            row.name: RecordTable(
                self, f"{row.name}-table", row=row, name=f"{stage.prefix}-{row.name}", protected=stage.protected
            ).table
            for row in TABLES
        }
        self.queues: dict[str, sqs.IQueue] = {}
        self.dead_letters: dict[str, sqs.IQueue] = {}
        for row in QUEUES:
            self._add_queue(row)
        self.failed_runs = DeadLetterQueue(
            self, "failed-runs", name=f"{stage.prefix}-failed-runs", alarms=self.alarms
        ).queue
        self.keys = {name: self._key(name, about) for name, about in KEYS.items()}
        self.documents = PrivateBucket(
            self,
            "documents",
            name=f"{stage.prefix}-documents-{self.account}",
            protected=stage.protected,
            lifecycle=lifecycle_of(DOCUMENTS_PREFIX),
        ).bucket
        self.models = PrivateBucket(
            self, "models", name=f"{stage.prefix}-models-{self.account}", protected=stage.protected, versioned=True
        ).bucket
        self.results = PrivateBucket(
            self,
            "results",
            name=f"{stage.prefix}-results-{self.account}",
            protected=stage.protected,
            lifecycle=lifecycle_of(RESULTS_PREFIX),
        ).bucket
        self.secrets = {
            row.name: KeptSecret(self, f"{row.name}-secret", secret=row, prefix=stage.prefix).arn for row in SECRETS
        }

    def _key(self, name: str, about: str) -> kms.Key:
        return kms.Key(
            self,
            f"{name}-key",
            alias=f"{self._stage.prefix}-{name}",
            description=about,
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )

    def _add_queue(self, row: Queue) -> None:
        """Add a queue with its dead-letter queue; of another company's queue, the dead-letter queue alone."""
        theirs = self._stage.broker_queue_arn if row.foreign else None
        if theirs is None:
            made = self._queue(row)
            self.queues[row.name], self.dead_letters[row.name] = made.queue, made.dead_letters
            return
        name = f"{self._stage.prefix}-{row.name}-dlq"
        self.queues[row.name] = sqs.Queue.from_queue_arn(self, f"{row.name}-queue", theirs)
        self.dead_letters[row.name] = DeadLetterQueue(self, f"{row.name}-parked", name=name, alarms=self.alarms).queue

    def _queue(self, row: Queue) -> DeadLetteredQueue:
        seconds = self._stage.visibility_factor * _consumer_timeout(row.name)
        return DeadLetteredQueue(
            self,
            f"{row.name}-queue",
            name=f"{self._stage.prefix}-{row.name}",
            times=QueueTimes(
                visibility=cdk.Duration.seconds(seconds), alarm_age=cdk.Duration.seconds(row.alarm_age_seconds)
            ),
            alarms=self.alarms,
        )


def _consumer_timeout(queue: str) -> int:
    return next(function.timeout_seconds for function, consumer in consumers() if consumer.queue == queue)
