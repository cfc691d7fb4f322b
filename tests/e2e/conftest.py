"""One sandbox for all end-to-end tests: its own folder, free ports, stopped at the end."""

from collections.abc import Iterator

import pytest

from infra.sandbox.client import SandboxClient, running_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    """Bring a sandbox up, with the template deployed."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), start="2013-02-19T13:00:00Z") as client:
        yield client
