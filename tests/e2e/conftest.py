"""The sandbox that end-to-end tests share, but for those that need one of their own."""

import os
from collections.abc import Iterator

import pytest

from sandbox.client import SandboxClient, running_sandbox
from sandbox.deployer import ASSEMBLIES

LONG_MODULES = ("restart", "notifications", "trading_day", "billing", "holdings", "partners_hang", "unknowns")
"""Modules of a minute or more: one that begins last would have the other core wait for its end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest modules begin first; what is in a module keeps its order."""
    places = {f"test_{name}": place for place, name in enumerate(LONG_MODULES)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


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
