"""Each test has a Stripe of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serving import serving
from tests.unit.sandbox.partners.stripe.harness import Harness


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    """Give the test a simulator and its control plane on loopback."""
    made = Harness(tmp_path)
    with serving(made) as made.url:
        yield made
