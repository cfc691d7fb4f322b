"""Sandboxes for tests that start and stop them: one that several share, and one of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.sandboxes import Sandbox, free_port


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that is up, shared by tests that leave it as it is."""
    shared = Sandbox(tmp_path_factory.mktemp("shared"), free_port())
    shared.start()
    yield shared
    shared.stop()
    shared.close()


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox of the test's own, not started yet."""
    own = Sandbox(tmp_path / "sandbox", free_port())
    yield own
    own.stop()
    own.close()
