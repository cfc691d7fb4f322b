"""Schedules in the templates."""

import json

from infra.catalogue import schedules
from tests.infra.templates import Templates


def test_every_schedule_of_the_catalogue_fires_its_function_in_new_york_time(every_stage: Templates) -> None:
    rules = [(row, number, cron) for row, schedule in schedules() for number, cron in enumerate(schedule.crons)]
    assert len(every_stage.properties("AWS::Scheduler::Schedule")) == len(rules)
    for row, number, cron in rules:
        suffix = f"-{number + 1}" if number else ""
        name = f"tiller-{every_stage.stage}-{row.name}{suffix}".replace("_", "-")
        made = every_stage.named("AWS::Scheduler::Schedule", "Name", name)

        assert made["ScheduleExpression"] == f"cron({cron})"
        assert made["ScheduleExpressionTimezone"] == "America/New_York"
        assert made["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert every_stage.meant(made["Target"]["Arn"])["FunctionName"] == every_stage.function_name(row)


def test_a_schedule_tells_its_job_and_the_moment_it_was_due(every_stage: Templates) -> None:
    for row, _ in schedules():
        name = f"tiller-{every_stage.stage}-{row.name}".replace("_", "-")
        made = every_stage.named("AWS::Scheduler::Schedule", "Name", name)

        assert json.loads(made["Target"]["Input"]) == {
            "job": row.name,
            "scheduled_at": "<aws.scheduler.scheduled-time>",
        }


def test_a_run_that_cannot_be_delivered_or_finished_is_kept(every_stage: Templates) -> None:
    failures = f"tiller-{every_stage.stage}-failed-runs"
    for made in every_stage.properties("AWS::Scheduler::Schedule"):
        assert made["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}
        assert every_stage.meant(made["Target"]["DeadLetterConfig"]["Arn"])["QueueName"] == failures
    configured = every_stage.properties("AWS::Lambda::EventInvokeConfig")
    assert len(configured) == len(list(schedules()))
    for schedule in configured:
        assert (schedule["MaximumRetryAttempts"], schedule["MaximumEventAgeInSeconds"]) == (2, 3600)
        assert every_stage.meant(schedule["DestinationConfig"]["OnFailure"]["Destination"])["QueueName"] == failures


def test_schedules_fire_where_time_is_real_and_not_where_it_is_virtual(deployed: Templates, local: Templates) -> None:
    assert {resource["State"] for resource in deployed.properties("AWS::Scheduler::Schedule")} == {"ENABLED"}
    assert {resource["State"] for resource in local.properties("AWS::Scheduler::Schedule")} == {"DISABLED"}


LOST_HOUR = 2
"""In New York, on a Sunday of March: a job of this hour does not run on that day."""


def hours_of(cron: str) -> set[int]:
    """Return the hours that a cron rule names."""
    found: set[int] = set()
    for part in cron.split()[1].split(","):
        span, _, step = part.partition("/")
        first, _, last = span.replace("*", "0-23").partition("-")
        found |= set(range(int(first), int(last or (23 if step else first)) + 1, int(step or 1)))
    return found


def test_no_job_of_certain_hours_is_due_in_the_hour_that_spring_leaves_out() -> None:
    rules = [(row.name, cron) for row, schedule in schedules() for cron in schedule.crons]

    assert rules
    assert [name for name, cron in rules if len(hours_of(cron)) < 24 and LOST_HOUR in hours_of(cron)] == []


def test_hours_are_read_as_schedules_mean_them() -> None:
    assert hours_of("30 3 * * ? *") == {3}
    assert hours_of("* 9-15 ? * MON-FRI *") == set(range(9, 16))
    assert hours_of("0 13,16 ? * MON-FRI *") == {13, 16}
    assert hours_of("0 0/2 * * ? *") == set(range(0, 24, 2))
    assert len(hours_of("* * * * ? *")) == 24
