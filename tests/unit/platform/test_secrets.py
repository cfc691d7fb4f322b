import json

import boto3
import pytest

from trading.platform import secrets
from trading.platform.aws import client
from trading.platform.secrets import KEPT_SECONDS, secret_fields, secret_text

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Return the time, to be moved."""
    time = {"now": 1_000.0}
    monkeypatch.setattr(secrets.time, "monotonic", lambda: time["now"])
    return time


def create(name: str, text: str) -> None:
    boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)


def test_a_secret_is_asked_for_once_in_a_while(wall: dict[str, float]) -> None:
    create("kept", "old")
    asked: list[str] = []
    client("secretsmanager").meta.events.register("before-call", lambda model, **_: asked.append(model.name))

    first = [secret_text("kept") for _ in range(5)]
    boto3.client("secretsmanager").put_secret_value(SecretId="kept", SecretString="new")
    before_expiry = secret_text("kept")
    wall["now"] += KEPT_SECONDS + 1
    after_expiry = secret_text("kept")

    assert (first, before_expiry, after_expiry) == (["old"] * 5, "old", "new")
    assert asked == ["GetSecretValue"] * 2


def test_a_secret_may_have_fields() -> None:
    create("fields", json.dumps({"key_id": "k", "secret_key": "s"}))

    assert secret_fields("fields") == {"key_id": "k", "secret_key": "s"}
