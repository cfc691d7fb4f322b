"""What tests of the simulated broker share."""

from pathlib import Path

import pytest

from tests.unit.infra.sandbox.partners.drivewealth.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
