"""The client of a process."""

from collections.abc import Iterator

import pytest

from trading.partners.drivewealth.wiring import drivewealth
from trading.platform.settings import settings


@pytest.fixture
def _stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DRIVEWEALTH_URL", "https://broker.test")
    settings.cache_clear()
    drivewealth.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    drivewealth.cache_clear()


@pytest.mark.usefixtures("_stage")
def test_a_process_has_one_client_and_reads_no_secret_to_build_it() -> None:
    client = drivewealth()

    assert client is drivewealth()
    assert client.connection.transport.base_url == "https://broker.test"
