"""A holding is made worth an amount: exactly, at the prices that it is planned at, once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.funding import assert_ledger_agrees
from tests.support.holdings import HoldingsWorld
from tests.support.managed import CASH, ManagedHarness, assert_settled
from tests.support.world import World
from trading.ledger.models import LedgerAccount
from trading.managed.versions.models import VersionStatus
from trading.platform.errors import Conflict

pytestmark = pytest.mark.usefixtures("aws")


def assert_nothing_waits(harness: ManagedHarness, owner: str) -> None:
    assert_ledger_agrees(harness.funding, owner)
    assert harness.account(owner).balance(LedgerAccount.BUYS_RESERVED) == 0
    assert harness.portfolio(owner).open_versions == ()


@pytest.mark.parametrize(("target", "delta"), [(650_000, 250_000), (150_000, -250_000), (0, -400_000)])
def test_a_holding_is_brought_to_its_target_from_both_sides(target: int, delta: int) -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)

    version = harness.aim(owner, target)
    harness.minutes(4)

    done = harness.now(version)
    assert (version.amount_cents, version.target_cents) == (delta, target)
    assert (done.status, done.executed_cents) == (VersionStatus.COMPLETE, delta)
    assert harness.held(owner) == ({"tech": target} if target else {})
    assert_settled(harness, owner)


def test_what_is_not_held_yet_is_bought_to_its_target() -> None:
    harness = ManagedHarness()
    owner = harness.person()

    harness.aim(owner, 300_000)
    harness.minutes(4)

    assert harness.held(owner) == {"tech": 300_000}
    assert harness.broker.calls["create_fund"] == 1
    assert harness.broker.calls["find"] == 0  # nobody asked for it before
    assert_settled(harness, owner)


@pytest.mark.parametrize(("price", "delta"), [(110, 376_000), (90, 424_000), (300, -80_000)])
def test_an_amount_that_waits_for_the_market_follows_the_prices(price: int, delta: int) -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.clock.pass_by(timedelta(hours=8))
    version = harness.aim(owner, 800_000)
    assert version.amount_cents == 400_000

    harness.broker.prices["AAPL"] = price  # 60 % of the holding, which was 400,000 cents at 100
    harness.next_open()
    harness.minutes(4)

    done = harness.now(version)
    assert (done.status, done.amount_cents) == (VersionStatus.COMPLETE, delta)
    assert abs(harness.held(owner)["tech"] - 800_000) <= 100
    assert_nothing_waits(harness, owner)


def test_where_prices_did_the_work_nothing_is_traded() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.clock.pass_by(timedelta(hours=8))
    version = harness.aim(owner, 424_000)
    runs = len(harness.broker.runs)

    harness.broker.prices["AAPL"] = 110
    harness.next_open()
    harness.minutes(4)

    assert (harness.now(version).status, harness.now(version).amount_cents) == (VersionStatus.COMPLETE, 0)
    assert len(harness.broker.runs) == runs
    assert_nothing_waits(harness, owner)


def test_orders_that_wait_already_count_towards_the_target() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.buy(owner, 100_000)

    version = harness.aim(owner, 600_000)
    harness.minutes(6)

    assert version.amount_cents == 100_000
    assert harness.held(owner) == {"tech": 600_000}
    assert_settled(harness, owner)


def test_a_target_after_a_sale_of_everything_is_bought_whole() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.buy(owner, -400_000)

    version = harness.aim(owner, 250_000)
    harness.minutes(12)

    assert version.amount_cents == 250_000
    assert harness.held(owner) == {"tech": 250_000}
    assert_settled(harness, owner)


def test_a_target_that_rose_beyond_the_cash_waits_with_its_reason_and_breaks_nothing() -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)
    harness.clock.pass_by(timedelta(hours=8))
    version = harness.aim(owner, CASH - 10_000)

    harness.broker.prices["AAPL"] = 50
    harness.next_open()
    harness.minutes(4)

    waiting = harness.now(version)
    assert waiting.reason is not None
    assert (waiting.status, waiting.reason.code) == (VersionStatus.PENDING, "insufficient_funds")
    assert harness.account(owner).cash_cents == 0
    harness.broker.prices["AAPL"] = 100
    harness.minutes(12)
    assert harness.held(owner) == {"tech": CASH - 10_000}
    assert_settled(harness, owner)


@pytest.mark.parametrize(("target", "code"), [(400_000, "amount_too_small"), (CASH + 1, "insufficient_funds")])
def test_a_target_that_cannot_be_reached_is_refused(target: int, code: str) -> None:
    harness = ManagedHarness()
    (owner,) = harness.holders(1)

    with pytest.raises(Conflict) as refused:
        harness.aim(owner, target)

    assert refused.value.code == code


def test_a_dry_run_of_a_target_shows_the_holding_at_it(world: World) -> None:
    market = HoldingsWorld.of(world)
    market.funded()
    market.buy(400_000)

    plan = market.reconfigure(target_amount_cents=123_456, dry_run=True)
    done = market.done(market.reconfigure(target_amount_cents=123_456))

    assert (plan.status, plan.body["target_amount_delta_cents"]) == (200, -276_544)
    assert {fund["collection_id"]: fund["value_cents"] for fund in plan.body["funds"]} == {"tech": 123_456}
    assert (done["status"], done["target_amount_cents"]) == ("complete", 123_456)
    held = Decimal(str(market.holdings()["value_cents"]))
    assert abs(held - 123_456) <= 100


@pytest.mark.parametrize(
    "body",
    [
        {"target_amount_cents": -1},
        {"target_amount_cents": True},
        {"target_amount_cents": 1.5},
        {"target_amount_cents": 100, "absolute_amount_delta_cents": 100},
        {"target_amount_cents": 0, "relative_amount_delta_percent": 1},
    ],
)
def test_a_target_is_a_whole_number_of_cents_beside_no_other_amount(world: World, body: dict[str, object]) -> None:
    market = HoldingsWorld.of(world)

    answer = market.reconfigure(**body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
