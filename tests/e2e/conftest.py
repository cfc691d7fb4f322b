"""The sandbox that end-to-end tests share, but for those whose story needs one of its own."""

import os
from collections.abc import Iterator

import pytest

from infra.sandbox.client import SandboxClient, running_sandbox
from infra.sandbox.deployer import ASSEMBLIES


@pytest.fixture(scope="session", autouse=True)
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have all sandboxes of this run, on whatever worker, share what is synthesized."""
    own = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ASSEMBLIES, str((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "assemblies"))
        yield


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    """Bring a sandbox up, with the template deployed; its clock only goes forward."""
    with running_sandbox(tmp_path_factory.mktemp("shared")) as client:
        yield client
