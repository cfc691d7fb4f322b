"""The world that tests of banks live in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.world import World, new_world


@pytest.fixture
def world(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give the test handlers, records and partners of its own."""
    with new_world(tmp_path, monkeypatch) as made:
        yield made
