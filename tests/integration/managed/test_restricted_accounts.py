"""An account that the broker lets sell only: buying stops, selling goes on."""

from dataclasses import replace

import pytest

from tests.support.managed import ManagedBench
from trading.brokerage.models import AccountStatus
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import Conflict

pytestmark = pytest.mark.usefixtures("aws")


def restrict(bench: ManagedBench, owner: str) -> None:
    bench.change(replace(bench.account(owner), status=AccountStatus.OPEN_NO_NEW_TRADES))


def test_what_is_held_is_sold_and_nothing_is_bought() -> None:
    bench = ManagedBench()
    owner = bench.person()
    bench.buy(owner, 400_000)
    bench.minutes(10)
    restrict(bench, owner)

    sale = bench.buy(owner, -100_000)
    bench.minutes(10)

    assert (bench.now(sale).status, bench.held(owner)) == (VersionStatus.COMPLETE, {"tech": 300_000})
    with pytest.raises(Conflict) as refused:
        bench.buy(owner, 100_000)
    assert refused.value.code == "account_not_open"


def test_a_purchase_that_waits_is_cancelled_with_its_reason() -> None:
    bench = ManagedBench()
    owner = bench.person()
    version = bench.buy(owner, 400_000)
    restrict(bench, owner)

    bench.minutes(10)

    cancelled = bench.now(version)
    assert cancelled.reason is not None
    assert (cancelled.status, cancelled.reason.code) == (VersionStatus.CANCELLED, "no_new_trades")
    assert bench.held(owner) == {}
