import json

import boto3
import pytest

from trading.platform import secrets
from trading.platform.aws import client
from trading.platform.errors import KeysUnusable, Unavailable
from trading.platform.secrets import KEPT_SECONDS, PartnerKeys, is_key, is_number, is_text, secret_text

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    secrets._kept.clear()


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


KEYS = PartnerKeys("bank", "keys", {"key_id": is_key, "kind": is_number, "password": is_text})
WHOLE = {"key_id": "k", "kind": "4", "password": "pass wörd"}


def test_keys_are_the_fields_of_a_secret() -> None:
    create("keys", json.dumps(WHOLE | {"other": "o"}))

    assert KEYS() == WHOLE | {"other": "o"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({name: value for name, value in WHOLE.items() if name != "kind"}),
        *(
            json.dumps(WHOLE | wrong)
            for wrong in ({"kind": "four"}, {"kind": 4}, {"key_id": "canary\n"}, {"key_id": ""})
        ),
        *(json.dumps(WHOLE | wrong) for wrong in ({"password": " "}, {"password": None}, {"key_id": ["canary"]})),
        '["canary"]',
        "canary",
        "null",
        "[" * 100_000,
    ],
)
def test_keys_that_lack_something_are_an_outage_that_shows_nothing_of_them(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    create("keys", text)

    with pytest.raises(KeysUnusable) as caught:
        KEYS()

    printed = capsys.readouterr().out + caught.value.detail
    assert isinstance(caught.value, Unavailable)
    assert '"partner_keys_unusable"' in printed
    assert "canary" not in printed
    assert "wörd" not in printed


@pytest.mark.parametrize("name", ["", "absent"])
def test_keys_that_are_not_there_are_an_outage_too(name: str) -> None:
    with pytest.raises(KeysUnusable):
        PartnerKeys("bank", name, {})()


def test_keys_that_were_mended_are_used_within_five_minutes(wall: dict[str, float]) -> None:
    create("keys", "{}")
    with pytest.raises(KeysUnusable):
        KEYS()
    boto3.client("secretsmanager").put_secret_value(SecretId="keys", SecretString=json.dumps(WHOLE))

    wall["now"] += KEPT_SECONDS + 1

    assert KEYS() == WHOLE
