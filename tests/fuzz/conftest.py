"""The town that requests are made up for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox.client import running_sandbox
from tests.fuzz.fixtures import STARTS_AT, Fixtures, build


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these tests to their own target: they are collected where they are asked for by name."""
    asked = any("fuzz" in argument for argument in config.invocation_params.args)
    return None if asked or collection_path.parent != Path(__file__).parent else True


@pytest.fixture(scope="session")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fixtures]:
    """Bring up a sandbox in which every kind of record exists."""
    folder = tmp_path_factory.mktemp("fixtures")
    with running_sandbox(folder, start=STARTS_AT) as sandbox, requests.Session() as session:
        yield build(sandbox, session)
