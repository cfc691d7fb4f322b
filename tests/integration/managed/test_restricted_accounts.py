"""An account that the broker lets sell only: buying stops, selling goes on."""

from dataclasses import replace

import pytest

from tests.support.managed import ManagedHarness
from trading.brokerage.models import AccountStatus
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import Conflict

pytestmark = pytest.mark.usefixtures("aws")


def restrict(harness: ManagedHarness, owner: str) -> None:
    harness.change(replace(harness.account(owner), status=AccountStatus.OPEN_NO_NEW_TRADES))


def test_what_is_held_is_sold_and_nothing_is_bought() -> None:
    harness = ManagedHarness()
    owner = harness.person()
    harness.buy(owner, 400_000)
    harness.minutes(10)
    restrict(harness, owner)

    sale = harness.buy(owner, -100_000)
    harness.minutes(10)

    assert (harness.now(sale).status, harness.held(owner)) == (VersionStatus.COMPLETE, {"tech": 300_000})
    with pytest.raises(Conflict) as refused:
        harness.buy(owner, 100_000)
    assert refused.value.code == "account_not_open"


def test_a_purchase_that_waits_is_cancelled_with_its_reason() -> None:
    harness = ManagedHarness()
    owner = harness.person()
    version = harness.buy(owner, 400_000)
    restrict(harness, owner)

    harness.minutes(10)

    cancelled = harness.now(version)
    assert cancelled.reason is not None
    assert (cancelled.status, cancelled.reason.code) == (VersionStatus.CANCELLED, "no_new_trades")
    assert harness.held(owner) == {}
