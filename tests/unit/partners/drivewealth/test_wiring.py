"""The clients of a process."""

import json
from collections.abc import Iterator

import boto3
import pytest

from tests.unit.partners.drivewealth.harness import MAYBE_SENT, SECRET, Broker
from trading.partners.drivewealth.wiring import drivewealth, quick_drivewealth
from trading.platform.errors import Unavailable
from trading.platform.settings import settings


@pytest.fixture
def _stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DRIVEWEALTH_URL", "https://broker.test")
    forget()
    yield
    monkeypatch.undo()
    forget()


def forget() -> None:
    for kept in (settings, drivewealth, quick_drivewealth):
        kept.cache_clear()


@pytest.mark.usefixtures("_stage")
def test_a_process_has_one_client_and_reads_no_secret_to_build_it() -> None:
    client = drivewealth()

    assert client is drivewealth()
    assert client.connection.transport.base_url == "https://broker.test"


@pytest.mark.usefixtures("_stage", "aws")
def test_what_a_person_waits_for_asks_a_broker_that_hangs_once_and_for_two_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boto3.client("secretsmanager").create_secret(Name="drivewealth", SecretString=json.dumps(SECRET))
    monkeypatch.setenv("DRIVEWEALTH_SECRET", "drivewealth")
    settings.cache_clear()
    client, broker = quick_drivewealth(), Broker(MAYBE_SENT["no answer in time"])
    client.connection.transport.session.mount("https://", broker)

    with pytest.raises(Unavailable):
        client.money("account-1")

    (asked,) = broker.asked
    assert asked.timeout == (1, 2)
    assert client is quick_drivewealth()
    assert client.connection.transport.limit.max_seconds <= 3.5
