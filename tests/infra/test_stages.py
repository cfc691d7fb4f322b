"""What stages have in common and what no deployed one may have."""

import json
import tomllib
from pathlib import Path

import pytest

from infra.runbooks import ALARMING_EVENTS
from infra.stages import STAGE_SETTINGS, STAGES, Domain, StageFile, StageRefused, stage_from
from tests.infra.templates import FILLED_IN, Templates, new_app
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


@pytest.mark.parametrize("name", ["staging", "", "../pyproject"])
def test_a_stage_that_is_not_known_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(StageRefused, match="dev, example, prod, and local"):
        stage_from({"stage": name})


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_stage_as_it_is_shipped_says_all_that_it_lacks_in_one_sentence(name: str) -> None:
    with pytest.raises(StageRefused) as refused:
        stage_from({"stage": name})

    (sentence,) = refused.value.args
    lacking = {"settings.redirect_hosts", "firebase_project", "alarm_emails", "broker_queue_arn"}
    assert set(sentence.rpartition(": ")[2].rstrip(".").split(", ")) == lacking


def test_the_example_says_every_setting_that_there_is() -> None:
    example = tomllib.loads((STAGES / "example.toml").read_text())

    assert set(example) == set(StageFile.model_fields)
    assert set(example["settings"]) == STAGE_SETTINGS
    assert set(example["domain"]) == set(Domain.model_fields)
    assert not {name for name in STAGE_SETTINGS if "secret" in name}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('firebase_project = "  "', "firebase_project"),
        ('alarm_emails = ["nobody"]', "alarm_emails"),
        ('broker_queue_arn = "https://sqs.us-east-1.amazonaws.com/1/theirs"', "broker_queue_arn"),
        ('region = "here"', "region"),
        ("monthly_budget_usd = 0", "monthly_budget_usd"),
        ('colour = "blue"', "colour"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, line: str, wrong: str) -> None:
    lines = (FILLED_IN / "dev.toml").read_text().splitlines()
    name = line.partition(" =")[0]
    kept = [other for other in lines if not other.startswith(f"{name} =")]
    (tmp_path / "dev.toml").write_text("\n".join([line, *kept]))

    with pytest.raises(StageRefused, match=wrong):
        stage_from({"stage": "dev"}, tmp_path)


@pytest.mark.parametrize("setting", ["tables = 3", "stripe_secret = 'sk_live'", "clock_parameter = '/clock'"])
def test_settings_that_are_not_a_stages_to_say_are_refused(tmp_path: Path, setting: str) -> None:
    (tmp_path / "dev.toml").write_text(f"{(FILLED_IN / 'dev.toml').read_text()}{setting}\n")

    with pytest.raises(StageRefused, match=setting.partition(" ")[0]):
        stage_from({"stage": "dev"}, tmp_path)


def test_the_brokers_queue_must_lie_where_its_reader_does(tmp_path: Path) -> None:
    (tmp_path / "dev.toml").write_text((FILLED_IN / "dev.toml").read_text().replace("us-east-1", "eu-west-1", 1))

    with pytest.raises(StageRefused, match="region"):
        stage_from({"stage": "dev"}, tmp_path)


def test_people_of_a_stage_sign_in_at_its_own_project(tmp_path: Path) -> None:
    text = (FILLED_IN / "dev.toml").read_text().replace("tiller-dev", "someone-else")
    (tmp_path / "dev.toml").write_text(text)

    stage = stage_from({"stage": "dev"}, tmp_path)

    assert (stage.audience, stage.issuer) == ("someone-else", "https://securetoken.google.com/someone-else")


def test_local_follows_the_sandboxs_address() -> None:
    stage = stage_from({"stage": "local", "sandbox_url": "http://127.0.0.1:9999"})

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
