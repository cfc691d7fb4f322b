"""Queues, and the queues that failures end in."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarms import Watched, add_alarm
from trading.platform.messages import MAX_RECEIVES

DEAD_LETTERS_KEPT = cdk.Duration.days(14)
MESSAGES_KEPT = cdk.Duration.days(4)


class DeadLetterQueue(Construct):
    """Where failures wait for a person: kept for 14 days, with an alarm at the first one.

    The alarm stays as long as anything lies here. That more comes is counted where it comes from, by workers
    and by the platform, and has alarms of its own (`infra.stacks.alarms`), which go off each time.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, alarms: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            retention_period=DEAD_LETTERS_KEPT,
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
        )
        watched = Watched(
            metric=self.queue.metric_approximate_number_of_messages_visible(statistic=cloudwatch.Stats.MAXIMUM),
            threshold=1,
            about="dead_letters",
            meaning=f"{name} holds messages that nothing could work off",
        )
        self.alarm = add_alarm(self, "Alarm", watched, alarms)


@dataclass(frozen=True, kw_only=True)
class QueueTimes:
    """How long a message that is worked on stays invisible, and at which age of the oldest one an alarm goes off."""

    visibility: cdk.Duration
    alarm_age: cdk.Duration


class DeadLetteredQueue(Construct):
    """A standard queue whose messages go to a dead-letter queue after five failed deliveries, with an alarm on age."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, times: QueueTimes, alarms: sns.ITopic
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetterQueue(self, "DeadLetters", name=f"{name}-dlq", alarms=alarms).queue
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            visibility_timeout=times.visibility,
            retention_period=MESSAGES_KEPT,
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=MAX_RECEIVES),
        )
        watched = Watched(
            metric=self.queue.metric_approximate_age_of_oldest_message(statistic=cloudwatch.Stats.MAXIMUM),
            threshold=times.alarm_age.to_seconds(),
            about="queue_age",
            meaning=f"the oldest message of {name} waits for too long",
        )
        self.alarm = add_alarm(self, "AgeAlarm", watched, alarms)
