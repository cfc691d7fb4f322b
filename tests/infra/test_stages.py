"""What stages have in common and what no deployed one may have."""

import json
from pathlib import Path

import pytest

from infra.stacks.alarms import ALARMING_EVENTS
from infra.stages import stage_from
from tests.infra.templates import Templates, new_app
from trading.automation.closer.models import POSITIONS_LEFT_OPEN

CLOUDFORMATION_LIMIT = 500


def test_no_stack_nears_the_limit_of_resources(every_stage: Templates) -> None:
    assert max(len(stack["Resources"]) for stack in every_stage.stacks.values()) < CLOUDFORMATION_LIMIT


def test_the_api_tells_where_it_is(every_stage: Templates) -> None:
    outputs = every_stage.stacks[f"tiller-{every_stage.stage}-api"]["Outputs"]

    assert {"ApiId", "ApiEndpoint"} <= set(outputs)


@pytest.mark.parametrize(
    "forbidden", ["CLOCK_PARAMETER", "FIREBASE_AUTH_EMULATOR_HOST", "AWS_ENDPOINT_URL", "127.0.0.1"]
)
def test_nothing_of_the_sandbox_is_deployed(deployed: Templates, forbidden: str) -> None:
    assert forbidden not in json.dumps(deployed.stacks)


def test_a_stage_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="staging"):
        stage_from({"stage": "staging"})


def test_the_firebase_project_of_a_deployed_stage_can_be_named() -> None:
    stage = stage_from({"stage": "dev", "firebase_project": "someone-else"})

    assert (stage.audience, stage.issuer) == ("someone-else", "https://securetoken.google.com/someone-else")


def test_local_follows_the_sandboxs_address() -> None:
    stage = stage_from({"sandbox_url": "http://127.0.0.1:9999"})

    assert stage.issuer == "http://127.0.0.1:9999/sandbox/oidc"
    assert stage.settings.market_data_url.startswith("http://127.0.0.1:9999/")


def test_deploying_without_layers_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()

    with pytest.raises(FileNotFoundError, match="make layers"):
        new_app("dev", tmp_path, layers=())


def test_alarms_look_at_the_events_that_need_a_person(deployed: Templates) -> None:
    alarms = deployed.properties("AWS::CloudWatch::Alarm")
    watched = {
        dimension["Value"]
        for alarm in alarms
        if alarm["Namespace"] == "Tiller"
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "type"
    }

    assert watched == set(ALARMING_EVENTS)


def test_a_position_that_is_open_where_none_may_be_sets_off_an_alarm(deployed: Templates) -> None:
    alarms = [
        resource
        for resource in deployed.properties("AWS::CloudWatch::Alarm")
        if resource["MetricName"] == POSITIONS_LEFT_OPEN
    ]

    assert [(alarm["Threshold"], alarm["Namespace"]) for alarm in alarms] == [(1, "Tiller")] * len(alarms)
    assert alarms


def test_the_time_from_commit_to_queue_is_watched_and_that_it_is_measured(deployed: Templates) -> None:
    alarms = {
        (
            resource["MetricName"],
            *(pair["Value"] for pair in resource["Dimensions"] if pair["Name"] == "lane"),
        ): resource
        for resource in deployed.properties("AWS::CloudWatch::Alarm")
        if resource["MetricName"] in {"OutboxLag", "OutboxOldest"}
    }

    assert set(alarms) == {("OutboxLag", "urgent"), ("OutboxLag", "ordinary"), ("OutboxOldest",)}
    assert all(alarm["Threshold"] == 5000 for (name, *_), alarm in alarms.items() if name == "OutboxLag")
    assert alarms["OutboxOldest",]["TreatMissingData"] == "breaching"
