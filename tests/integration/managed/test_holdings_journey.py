"""TTFs held through the real handlers and the real client, in one process."""

import pytest

from tests.support.holdings import HoldingsWorld
from tests.support.world import World


@pytest.fixture
def market(world: World) -> HoldingsWorld:
    return HoldingsWorld.of(world)


def test_an_amount_is_bought_and_held_by_the_collections_weights(market: HoldingsWorld) -> None:
    market.funded()

    version = market.buy(500_000)

    assert (version["status"], version["executed_amount_cents"]) == ("complete", 500_000), version
    held = market.holdings()
    assert held["value_cents"] == 500_000
    assert {each["symbol"]: each["value_cents"] for each in held["weights"]} == {"AAPL": 300_000, "MSFT": 200_000}
    (account,) = market.world.call("list_trading_accounts").body["items"]
    assert account["buying_power_cents"] == 500_000
    assert account["equity_cents"] == 1_000_000
    assert market.world.failures == []
