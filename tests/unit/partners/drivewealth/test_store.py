"""The shared session in its table."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from tests.unit.partners.drivewealth.harness import NOW, Broker, client_of
from tests.unit.partners.drivewealth.payloads import user
from trading.partners.drivewealth.session import SharedSession, Token
from trading.partners.drivewealth.store import DynamoSessions

TOKEN = Token("canary-token", NOW + timedelta(hours=2))

pytestmark = pytest.mark.usefixtures("aws")


class Reversing:
    """Seals by turning a text round, for its owner and purpose alone."""

    def seal(self, text: str, *, owner: str, purpose: str) -> bytes:
        return f"{owner}/{purpose}/{text[::-1]}".encode()

    def open(self, ciphertext: bytes, *, owner: str, purpose: str) -> str:
        where, what, text = ciphertext.decode().split("/")
        assert (where, what) == (owner, purpose)
        return text[::-1]


def store() -> DynamoSessions:
    return DynamoSessions(Reversing())


def test_there_is_no_session_at_first() -> None:
    assert store().load() is None


@pytest.mark.parametrize(
    "session",
    [
        SharedSession(1),
        SharedSession(1, TOKEN),
        SharedSession(1, TOKEN, NOW + timedelta(seconds=20)),
        SharedSession(1, None, NOW + timedelta(microseconds=1)),
    ],
)
def test_a_session_is_read_as_it_was_written(session: SharedSession) -> None:
    assert store().put(session)

    assert store().load() == session


def test_the_token_lies_there_sealed() -> None:
    store().put(SharedSession(1, TOKEN))

    item = boto3.client("dynamodb").get_item(TableName="partner-sessions", Key={"pk": {"S": "drivewealth"}})["Item"]

    assert "canary-token" not in repr(item)
    assert item["token"]["B"] == b"drivewealth/session/" + b"nekot-yranac"


def test_of_two_that_follow_the_same_session_one_is_written() -> None:
    first = SharedSession(1, TOKEN)

    assert [store().put(first), store().put(first)] == [True, False]
    assert [store().put(replace(first, version=2)), store().put(SharedSession(2))] == [True, False]
    assert store().load() == replace(first, version=2)


def test_a_write_whose_answer_got_lost_and_that_is_sent_again_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    real = vars(BaseClient)["_make_api_call"]

    def twice(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "PutItem":
            real(client, operation, arguments)
        return real(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", twice)

    assert store().put(SharedSession(1))
    assert store().put(SharedSession(2, TOKEN))
    assert not store().put(SharedSession(2))


@pytest.mark.parametrize("version", [2, 3])
def test_a_session_that_follows_none_is_not_written(version: int) -> None:
    assert not store().put(SharedSession(version))
    assert store().load() is None


def test_processes_share_the_session_through_the_table() -> None:
    broker = Broker((200, user()))

    for _ in range(3):
        client_of(broker, store=store()).user("user-ada")

    assert len(broker.logins) == 1
    assert store().load() == SharedSession(2, Token("canary-token-1", NOW + timedelta(hours=2)))
