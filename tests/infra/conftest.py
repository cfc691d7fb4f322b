"""Fixtures of the template tests."""

import pytest

from tests.infra.templates import DEPLOYED, STAGES, Templates, templates


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
