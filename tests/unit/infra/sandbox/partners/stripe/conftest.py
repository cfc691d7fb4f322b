"""Each test has a Stripe of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from infra.sandbox.partners.stripe.api import StripeApi
from tests.support.world import serving
from tests.unit.infra.sandbox.partners.stripe.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Give the test a simulator on loopback."""
    made = Bench(tmp_path)
    with serving(Starlette(routes=StripeApi(made.stripe, made.faults).routes())) as made.url:
        yield made
