"""Functions that the clock fires."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.catalogue import FUNCTIONS, TIME_ZONE, Function, Schedule
from infra.constructs.base_function import BaseFunction, Surroundings, dashed

DELIVERIES = 10
RUNS_AGAIN = 2
GOOD_FOR = cdk.Duration.hours(1)
"""How long a run that did not succeed is tried; jobs ask the calendar, so a late one does no harm."""


class ScheduledFunction(BaseFunction):
    """A function that EventBridge Scheduler fires in New York time, giving it the moment it was due.

    A run that cannot be delivered, and one that fails again and again, ends among the failures.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, row: Function, schedule: Schedule, around: Surroundings
    ) -> None:
        super().__init__(scope, construct_id, row=row, around=around)
        self.function.configure_async_invoke(
            retry_attempts=RUNS_AGAIN,
            max_event_age=GOOD_FOR,
            on_failure=destinations.SqsDestination(around.failures),
        )
        self._let_runs_go_on(row, around)
        target = self._target(row.name, around)
        for number, cron in enumerate(schedule.crons):
            suffix = f"-{number + 1}" if number else ""
            scheduler.CfnSchedule(
                self,
                f"Schedule{suffix}",
                name=dashed(f"{around.prefix}-{row.name}{suffix}"),
                schedule_expression=f"cron({cron})",
                schedule_expression_timezone=TIME_ZONE,
                state="ENABLED" if around.schedules_enabled else "DISABLED",
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
                target=target,
            )

    def _let_runs_go_on(self, row: Function, around: Surroundings) -> None:
        """Let a job over everybody invoke itself, as often as its run takes; Lambda would end that as a loop."""
        if row.resumes_runs:
            self.allow_to_invoke([job for job in FUNCTIONS if job.goes_on], around.prefix)
        if row.goes_on:
            self.allow_to_invoke([row], around.prefix)
            resource = self.function.node.default_child
            assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101 - narrows what the construct made
            resource.recursive_loop = "Allow"

    def _target(self, job: str, around: Surroundings) -> scheduler.CfnSchedule.TargetProperty:
        caller = iam.Role(self, "Caller", assumed_by=_scheduler_of_this_account())
        invoke, send = ["lambda:InvokeFunction"], ["sqs:SendMessage"]
        caller.add_to_policy(iam.PolicyStatement(actions=invoke, resources=[self.function.function_arn]))
        caller.add_to_policy(iam.PolicyStatement(actions=send, resources=[around.failures.queue_arn]))
        return scheduler.CfnSchedule.TargetProperty(
            arn=self.function.function_arn,
            role_arn=caller.role_arn,
            input=json.dumps({"job": job, "scheduled_at": "<aws.scheduler.scheduled-time>"}),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=around.failures.queue_arn),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_retry_attempts=DELIVERIES,
                maximum_event_age_in_seconds=GOOD_FOR.to_seconds(),
            ),
        )


def _scheduler_of_this_account() -> iam.ServicePrincipal:
    account = {"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
    return iam.ServicePrincipal("scheduler.amazonaws.com", conditions=account)
