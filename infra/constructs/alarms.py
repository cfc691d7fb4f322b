"""How every alarm is made: it says what it means and which page says what to do, and reaches the topic of alarms."""

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.runbooks import described


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What an alarm watches: it goes off when the metric reaches the threshold once, or is `missing` where that counts.

    `about` is what a page of the runbooks is about.
    """

    metric: cloudwatch.IMetric
    threshold: float
    about: str
    meaning: str
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING


def add_alarm(scope: Construct, construct_id: str, watched: Watched, topic: sns.ITopic) -> cloudwatch.Alarm:
    """Add an alarm that reaches the topic."""
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        alarm_description=described(watched.meaning, watched.about),
        metric=watched.metric,
        threshold=watched.threshold,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=watched.missing,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    return alarm
