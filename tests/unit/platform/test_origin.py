"""Where a distribution is in front of the API, what comes past it is answered by nothing but a refusal."""

import json
import time
from typing import Any

import boto3
import pytest

from tests.unit.platform.conftest import Environment
from tests.unit.platform.events import http_event
from trading.platform.http import http_api
from trading.platform.origin import HEADER
from trading.platform.secrets import KEPT_SECONDS

SECRET = "origin-of-a-test"
app = http_api()


@app.get("/things")
def list_things() -> dict[str, Any]:
    return {"things": []}


@pytest.fixture
def word(aws: None, environment: Environment) -> str:
    """Return the word of the distribution that this function's environment names."""
    boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps({"word": "swordfish"}))
    environment(ORIGIN_SECRET=SECRET)
    return "swordfish"


def status(word: str | None, query: dict[str, str] | None = None) -> int:
    headers = {} if word is None else {HEADER: word}
    return int(app.lambda_handler(http_event("GET", "/things", headers=headers, query=query), None)["statusCode"])


def test_what_the_distribution_passes_on_is_answered(word: str) -> None:
    assert status(word) == 200


@pytest.mark.parametrize("said", [None, "", "swordfis", "swordfish ", "\u00e9"])
def test_what_comes_past_it_is_refused_whatever_it_says(word: str, said: str | None) -> None:
    assert said != word
    assert status(said) == 403


def test_it_is_refused_before_anything_of_the_request_is_judged(word: str) -> None:
    assert (status(word, {"colour": "blue"}), status(None, {"colour": "blue"})) == (400, 403)


def test_a_stage_without_a_distribution_asks_for_no_word() -> None:
    assert status(None) == 200


def test_while_the_word_is_rotated_both_are_taken(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert status(word) == 200
    both = json.dumps({"word": "marlin", "previous_word": word})
    boto3.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=both)
    later = time.monotonic() + KEPT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert [status(said) for said in (word, "marlin", "tuna")] == [200, 200, 403]


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"word": ""}'])
@pytest.mark.usefixtures("aws")
def test_a_secret_without_a_word_lets_nobody_in(environment: Environment, text: str) -> None:
    own = f"{SECRET}-{len(text)}"  # what was read of a secret is kept for a while
    boto3.client("secretsmanager").create_secret(Name=own, SecretString=text or " ")
    environment(ORIGIN_SECRET=own)

    assert status("") == 503
