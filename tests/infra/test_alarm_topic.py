"""Whom alarms reach."""

from infra.stages import STAGE_TAG, stage_from
from tests.infra.templates import FILLED_IN, Templates


def test_cloudwatch_may_publish_to_the_topic_of_alarms(every_stage: Templates) -> None:
    (policy,) = every_stage.properties("AWS::SNS::TopicPolicy")
    (allowed,) = (row for row in policy["PolicyDocument"]["Statement"] if row["Effect"] == "Allow")
    (alarms,) = every_stage.properties("AWS::SNS::Topic")

    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (allowed["Action"], set(allowed["Condition"]["StringEquals"])) == ("sns:Publish", {"aws:SourceAccount"})
    assert every_stage.meant(allowed["Resource"]) == alarms


def test_alarms_go_by_e_mail_to_those_whom_the_stage_names(deployed: Templates) -> None:
    reached = {(row["Protocol"], row["Endpoint"]) for row in deployed.properties("AWS::SNS::Subscription")}
    stage = stage_from({"stage": deployed.stage}, FILLED_IN)

    assert reached == {("email", address) for address in stage.alarm_emails}


def test_every_alarm_goes_to_the_topic(every_stage: Templates) -> None:
    alarms = every_stage.properties("AWS::CloudWatch::Alarm")
    (topic,) = every_stage.properties("AWS::SNS::Topic")

    assert alarms
    assert all(every_stage.meant(action) == topic for alarm in alarms for action in alarm["AlarmActions"])


def test_costs_of_the_stage_are_held_to_its_budget(deployed: Templates) -> None:
    (budget,) = deployed.properties("AWS::Budgets::Budget")
    stage = stage_from({"stage": deployed.stage}, FILLED_IN)

    assert budget["Budget"]["BudgetLimit"] == {"Amount": stage.monthly_budget_usd, "Unit": "USD"}
    assert budget["Budget"]["CostFilters"] == {"TagKeyValue": [f"user:{STAGE_TAG}${deployed.stage}"]}
    for row in budget["NotificationsWithSubscribers"]:
        assert [person["Address"] for person in row["Subscribers"]] == list(stage.alarm_emails)


def test_what_is_deployed_carries_the_stages_tag(deployed: Templates) -> None:
    for kind in ("AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"):
        for row in deployed.properties(kind):
            tags = row.get("Tags") or row["Replicas"][0]["Tags"]
            assert {"Key": STAGE_TAG, "Value": deployed.stage} in tags
