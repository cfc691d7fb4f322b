"""Queues in the templates."""

from typing import Any

from infra.catalogue import FUNCTIONS, QUEUES, Route, Schedule, consumers
from infra.stages import LOCAL_RETRY_SECONDS, stage_from
from tests.infra.templates import FILLED_IN, Json, Templates, as_list, templates
from trading.partners.limits import LIMITS
from trading.platform.deadline import LAST_WORK_SECONDS, OWN_WORK_SECONDS
from trading.platform.http import ANSWER_SECONDS
from trading.platform.messages import MAX_RECEIVES
from trading.platform.queue import DEAD_LETTERS
from trading.platform.schedule import FINISH_SECONDS, LEASE

FOURTEEN_DAYS = 14 * 24 * 3600
THEIR_QUEUE = "tiller-events"
MAX_LAMBDA_SECONDS, GATEWAY_SECONDS = 900, 29


def test_every_queue_of_the_catalogue_ends_in_a_dead_letter_queue(every_stage: Templates) -> None:
    for row in every_stage.queues:
        queue = every_stage.named("AWS::SQS::Queue", "QueueName", f"tiller-{every_stage.stage}-{row.name}")
        dead_letters = every_stage.meant(queue["RedrivePolicy"]["deadLetterTargetArn"])

        assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVES == 5
        assert dead_letters["QueueName"] == f"tiller-{every_stage.stage}-{row.name}-dlq"
        assert dead_letters["MessageRetentionPeriod"] == FOURTEEN_DAYS > queue["MessageRetentionPeriod"]


def test_every_queue_is_encrypted_and_refuses_plain_http(every_stage: Templates) -> None:
    queues = every_stage.properties("AWS::SQS::Queue")

    assert all(queue["SqsManagedSseEnabled"] for queue in queues)
    assert len(every_stage.properties("AWS::SQS::QueuePolicy")) == len(queues)


def test_every_dead_letter_queue_alarms_at_the_first_message(every_stage: Templates) -> None:
    alarms = queue_alarms(every_stage, "ApproximateNumberOfMessagesVisible")
    watched = {every_stage.meant(alarm["Dimensions"][0]["Value"])["QueueName"] for alarm in alarms}

    assert watched == {f"tiller-{every_stage.stage}-{row.name}-dlq" for row in QUEUES} | {
        f"tiller-{every_stage.stage}-failed-runs"
    }
    assert all(
        (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold") for alarm in alarms
    )
    assert all(alarm["AlarmActions"] for alarm in alarms)


def test_every_further_dead_letter_goes_off_again(deployed: Templates) -> None:
    """Hold that what fills a dead-letter queue is summed up by the five minutes: a level would alarm once."""
    counted = {
        (resource["Namespace"], resource["MetricName"]): resource
        for resource in deployed.properties("AWS::CloudWatch::Alarm")
        if resource["Namespace"] != "AWS/SQS"
    }

    for alarm in (counted["Tiller", DEAD_LETTERS], counted["AWS/Lambda", "Errors"]):
        assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 1, 300)
        assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")
        assert alarm["AlarmActions"]
    assert "Dimensions" not in counted["AWS/Lambda", "Errors"]
    assert [dimension["Name"] for dimension in counted["Tiller", DEAD_LETTERS]["Dimensions"]] == ["service"]


def queue_alarms(stage: Templates, metric: str) -> list[Json]:
    """Return the alarms on a metric of queues."""
    alarms = [resource for resource in stage.properties("AWS::CloudWatch::Alarm") if resource["Namespace"] == "AWS/SQS"]
    return [alarm for alarm in alarms if alarm["MetricName"] == metric]


def test_every_queue_alarms_when_its_oldest_message_waits_too_long(every_stage: Templates) -> None:
    alarms = queue_alarms(every_stage, "ApproximateAgeOfOldestMessage")
    thresholds = {
        every_stage.meant(alarm["Dimensions"][0]["Value"])["QueueName"]: (alarm["Threshold"], alarm["Statistic"])
        for alarm in alarms
    }

    assert thresholds == {
        f"tiller-{every_stage.stage}-{row.name}": (row.alarm_age_seconds, "Maximum") for row in every_stage.queues
    }
    assert all(alarm["AlarmActions"] for alarm in alarms)


def test_what_must_happen_within_minutes_alarms_within_minutes() -> None:
    urgent = {row.name for row in QUEUES if row.alarm_age_seconds < 600}

    assert {"session-entries", "position-exits", "session-closes", "entry-cancellations", "holding-events"} <= urgent


def test_a_batch_fits_into_its_timeout_with_every_message_at_its_worst(every_stage: Templates) -> None:
    for row, consumer in consumers():
        function = every_stage.function(row)
        budget = int(function["Environment"]["Variables"]["MESSAGE_BUDGET_SECONDS"])
        source = next(
            resource
            for resource in every_stage.properties("AWS::Lambda::EventSourceMapping")
            if every_stage.meant(resource["FunctionName"]) == function
        )

        assert budget == consumer.budget_seconds
        assert source["BatchSize"] * budget < function["Timeout"] <= MAX_LAMBDA_SECONDS


def test_a_budget_covers_every_try_of_every_call_to_every_partner() -> None:
    for row, consumer in consumers():
        partners = {partner: times for partner, times in consumer.calls.items() if times}

        assert set(partners) == set(row.partners), row.name
        assert consumer.budget_seconds >= OWN_WORK_SECONDS + sum(
            times * LIMITS[partner].max_seconds for partner, times in partners.items()
        )


def test_a_function_that_calls_partners_has_time_for_a_call_and_for_its_answer() -> None:
    for row in FUNCTIONS:
        longest = max((LIMITS[partner].max_seconds for partner in row.partners), default=0)
        if isinstance(row.trigger, Route):
            assert row.timeout_seconds < GATEWAY_SECONDS
            assert row.timeout_seconds >= longest + ANSWER_SECONDS, row.name
        elif isinstance(row.trigger, Schedule):
            assert longest + FINISH_SECONDS <= row.timeout_seconds < LEASE.total_seconds()


def test_every_queue_has_one_consumer_that_reports_failures_one_by_one(every_stage: Templates) -> None:
    sources = [
        resource
        for resource in every_stage.properties("AWS::Lambda::EventSourceMapping")
        if "StartingPosition" not in resource
    ]
    consumed = [_queue_name(every_stage, source["EventSourceArn"]) for source in sources]

    theirs = [THEIR_QUEUE for row in QUEUES if row not in every_stage.queues]
    assert sorted(consumed) == sorted([f"tiller-{every_stage.stage}-{row.name}" for row in every_stage.queues] + theirs)
    assert all(source["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for source in sources)


def test_messages_stay_invisible_for_six_times_the_timeout(deployed: Templates) -> None:
    ours = {row.name for row in deployed.queues}
    for function, consumer in [(row, consumer) for row, consumer in consumers() if consumer.queue in ours]:
        queue = deployed.named("AWS::SQS::Queue", "QueueName", f"tiller-{deployed.stage}-{consumer.queue}")

        assert queue["VisibilityTimeout"] >= 6 * function.timeout_seconds


def test_retries_come_quickly_in_local_and_never_while_the_message_is_worked_on(local: Templates) -> None:
    for function, consumer in consumers():
        queue = local.named("AWS::SQS::Queue", "QueueName", f"tiller-local-{consumer.queue}")
        variables = local.function(function)["Environment"]["Variables"]

        assert variables["RETRY_SECONDS"] == ",".join(map(str, LOCAL_RETRY_SECONDS))
        assert queue["VisibilityTimeout"] >= function.timeout_seconds


def test_whatever_is_sent_to_exists_and_is_consumed() -> None:
    sent = {queue for function in FUNCTIONS for queue in function.sends_to}

    ours = {row.name for row in QUEUES if not row.foreign}

    assert sent == ours
    assert {consumer.queue for _, consumer in consumers()} == {row.name for row in QUEUES}


def test_a_deployed_stage_consumes_the_brokers_queue_and_makes_none() -> None:
    arn = stage_from({"stage": "prod"}, FILLED_IN).broker_queue_arn

    prod = templates("prod")
    names = {resource["QueueName"] for resource in prod.properties("AWS::SQS::Queue")}
    sources = [resource["EventSourceArn"] for resource in prod.properties("AWS::Lambda::EventSourceMapping")]
    (row,) = (row for row, consumer in consumers() if consumer.queue == "broker-events")
    allowed = [
        statement["Action"]
        for statement in prod.statements(prod.function(row))
        if arn in as_list(statement["Resource"])
    ]

    assert "tiller-prod-broker-events" not in names
    assert "tiller-prod-broker-events-dlq" in names
    assert sources.count(arn) == 1
    assert allowed
    assert "sqs:SendMessage" not in allowed[0]


def _queue_name(stage: Templates, arn: Any) -> str:
    return arn.split(":")[-1] if isinstance(arn, str) else str(stage.meant(arn)["QueueName"])


def test_a_call_fits_into_its_message_though_our_own_records_were_read_before() -> None:
    for row, consumer in consumers():
        longest = max((LIMITS[partner].max_seconds for partner in consumer.calls), default=0)

        assert consumer.budget_seconds - LAST_WORK_SECONDS - longest >= 2, row.name
