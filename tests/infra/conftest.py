"""Fixtures of the template tests."""

import os
from collections.abc import Iterator

import pytest

from tests.infra.templates import DEPLOYED, FOLDER, STAGES, Templates, templates


@pytest.fixture(scope="session", autouse=True)
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have all workers of this run share what is synthesized."""
    own = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "templates"))
        yield


@pytest.fixture(params=STAGES)
def every_stage(request: pytest.FixtureRequest) -> Templates:
    """Return the templates of each stage in turn."""
    return templates(request.param)


@pytest.fixture(params=DEPLOYED)
def deployed(request: pytest.FixtureRequest) -> Templates:
    """Return the templates of each stage that runs on AWS in turn."""
    return templates(request.param)


@pytest.fixture
def local() -> Templates:
    """Return the templates of the stage that runs on this machine."""
    return templates("local")
