"""The sandbox that end-to-end tests share, but for those whose story needs one of its own."""

from collections.abc import Iterator

import pytest

from infra.sandbox.client import SandboxClient, running_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    """Bring a sandbox up, with the template deployed; its clock only goes forward."""
    with running_sandbox(tmp_path_factory.mktemp("shared")) as client:
        yield client
