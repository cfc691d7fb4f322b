"""Secrets of a stage are filled field by field, made once, and rotated with two values that hold."""

import json
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from infra.catalogue.secrets import SECRETS, Secret, SecretField
from tiller.app import app
from tiller.commands.secrets import INCOMPLETE
from tiller.secrets import NoSuchSecret, NotRetired, StageSecrets

PREFIX = "tiller-example"
ARGUMENTS = ["--stage", "example"]


@pytest.fixture
def manager(aws: None) -> Any:
    """Return a manager that has the stage's secrets, as a template makes them: without values."""
    client = boto3.client("secretsmanager", region_name="us-east-1")
    for secret in SECRETS:
        client.create_secret(Name=f"{PREFIX}-{secret.name}")
    return client


@pytest.fixture
def store(manager: Any) -> StageSecrets:
    return StageSecrets(manager, PREFIX)


def named(name: str) -> tuple[Secret, SecretField]:
    secret_name, _, field_name = name.partition(".")
    secret = next(row for row in SECRETS if row.name == secret_name)
    return secret, next(row for row in secret.fields if row.name == field_name)


def kept(manager: Any, name: str) -> dict[str, str]:
    fields: dict[str, str] = json.loads(manager.get_secret_value(SecretId=f"{PREFIX}-{name}")["SecretString"])
    return fields


def test_a_fresh_stage_lacks_every_field(store: StageSecrets) -> None:
    assert store.missing() == [(secret, field) for secret in SECRETS for field in secret.fields]


def test_what_is_random_is_made_once(store: StageSecrets, manager: Any) -> None:
    assert store.make_ours() == ["cursor-key", "origin"]
    made = kept(manager, "origin")

    assert store.make_ours() == []
    assert kept(manager, "origin") == made
    assert len(made["word"]) > 32


def test_a_field_is_put_in_beside_the_others(store: StageSecrets, manager: Any) -> None:
    plaid, _ = named("plaid.secret")
    store.put(plaid, {"client_id": "ours"})
    store.put(plaid, {"secret": "theirs"})

    assert kept(manager, "plaid") == {"client_id": "ours", "secret": "theirs"}


def test_a_field_that_is_not_there_is_refused(store: StageSecrets) -> None:
    with pytest.raises(NoSuchSecret, match="colour"):
        store.put(named("plaid.secret")[0], {"colour": "blue"})


def test_while_a_value_is_rotated_two_hold_and_a_repeated_call_loses_neither(store: StageSecrets, manager: Any) -> None:
    secret, field = named("stripe.webhook_secret")
    store.put(secret, {"webhook_secret": "first"})
    store.rotate(secret, field, "second")
    store.rotate(secret, field, "second")

    assert kept(manager, "stripe") == {"webhook_secret": "second", "previous_webhook_secret": "first"}
    assert store.retire(secret, field)
    assert not store.retire(secret, field)
    assert kept(manager, "stripe") == {"webhook_secret": "second"}


def test_a_value_that_may_be_in_use_makes_room_for_none(store: StageSecrets, manager: Any) -> None:
    secret, field = named("origin.word")
    for value in ("first", "second"):
        store.rotate(secret, field, value)

    with pytest.raises(NotRetired, match="first: the value before"):
        store.rotate(secret, field, "third")

    assert kept(manager, "origin") == {"word": "second", "previous_word": "first"}


def test_what_a_partner_checks_is_replaced(store: StageSecrets, manager: Any) -> None:
    secret, field = named("stripe.secret_key")
    store.put(secret, {"secret_key": "first"})
    store.rotate(secret, field, "second")

    assert kept(manager, "stripe") == {"secret_key": "second"}


@pytest.mark.usefixtures("aws")
def test_a_stage_that_is_not_deployed_is_told_from_one_that_is_not_filled() -> None:
    store = StageSecrets(boto3.client("secretsmanager", region_name="us-east-1"), PREFIX)

    with pytest.raises(NoSuchSecret, match="deployed"):
        store.missing()


@pytest.fixture
def command(manager: Any) -> CliRunner:
    assert manager
    return CliRunner()


def test_the_command_line_fills_checks_and_shows_no_value(command: CliRunner, manager: Any) -> None:
    assert command.invoke(app, ["secrets", "check", *ARGUMENTS]).exit_code == INCOMPLETE
    asked = [field for secret in SECRETS for field in secret.fields if not field.ours]
    answers = "".join(f"value-of-{field.name}\n" for field in asked)

    filled = command.invoke(app, ["secrets", "fill", *ARGUMENTS], input=answers)
    checked = command.invoke(app, ["secrets", "check", *ARGUMENTS])

    assert (filled.exit_code, checked.exit_code) == (0, 0)
    assert "value-of" not in filled.output.replace("value-of-app_type_id", "")
    assert kept(manager, "stripe") == {
        "secret_key": "value-of-secret_key",
        "webhook_secret": "value-of-webhook_secret",
    }


def test_an_empty_answer_leaves_a_field_for_later(command: CliRunner, manager: Any) -> None:
    command.invoke(app, ["secrets", "fill", *ARGUMENTS], input="\n" * 40)

    assert command.invoke(app, ["secrets", "check", *ARGUMENTS]).exit_code == INCOMPLETE
    assert kept(manager, "drivewealth") == {"app_type_id": "4"}


def test_what_is_ours_is_rotated_without_a_question(command: CliRunner, manager: Any) -> None:
    command.invoke(app, ["secrets", "fill", "--ours", *ARGUMENTS])
    before = kept(manager, "origin")["word"]

    rotated = command.invoke(app, ["secrets", "rotate", "origin.word", *ARGUMENTS])

    assert rotated.exit_code == 0
    assert kept(manager, "origin")["previous_word"] == before
    assert before not in rotated.output


@pytest.mark.parametrize(("answer", "kept_before"), [("n\n", True), ("y\n", False)])
def test_what_the_distribution_sends_is_retired_only_once_it_sends_the_next(
    command: CliRunner, manager: Any, answer: str, kept_before: bool
) -> None:
    command.invoke(app, ["secrets", "fill", "--ours", *ARGUMENTS])
    command.invoke(app, ["secrets", "rotate", "origin.word", *ARGUMENTS])

    retired = command.invoke(app, ["secrets", "retire", "origin.word", *ARGUMENTS], input=answer)

    assert ("previous_word" in kept(manager, "origin")) is kept_before
    assert retired.exit_code == int(kept_before)


@pytest.mark.parametrize("arguments", [["check", "--stage", "staging"], ["rotate", "stripe.colour", *ARGUMENTS]])
def test_what_is_not_there_is_refused_with_what_is(command: CliRunner, arguments: list[str]) -> None:
    refused = command.invoke(app, ["secrets", *arguments])

    assert refused.exit_code == 2
    assert "there are" in " ".join(refused.output.split())


@pytest.mark.usefixtures("aws")
def test_a_stage_that_is_not_deployed_ends_the_command_with_a_sentence() -> None:
    ended = CliRunner().invoke(app, ["secrets", "check", *ARGUMENTS])

    assert ended.exit_code == 1
    assert "is the stage deployed?" in ended.output
