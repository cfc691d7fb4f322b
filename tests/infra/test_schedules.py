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
    for each in configured:
        assert (each["MaximumRetryAttempts"], each["MaximumEventAgeInSeconds"]) == (2, 3600)
        assert every_stage.meant(each["DestinationConfig"]["OnFailure"]["Destination"])["QueueName"] == failures


def test_schedules_fire_where_time_is_real_and_not_where_it_is_virtual(deployed: Templates, local: Templates) -> None:
    assert {each["State"] for each in deployed.properties("AWS::Scheduler::Schedule")} == {"ENABLED"}
    assert {each["State"] for each in local.properties("AWS::Scheduler::Schedule")} == {"DISABLED"}


def test_no_daily_job_is_due_in_the_hour_that_spring_leaves_out() -> None:
    lost_hour = 2  # in New York, on a Sunday of March
    daily = [cron.split()[1] for _, schedule in schedules() for cron in schedule.crons if cron.split()[1].isdecimal()]

    assert daily
    assert str(lost_hour) not in daily
