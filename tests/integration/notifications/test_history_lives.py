"""Random lives: whatever a person does, their history says what the records of each area say."""

import random
from typing import Any

import pytest

from tests.support.bills import BillsWorld
from tests.support.holdings import HoldingsWorld
from tests.support.world import World

STEPS = 14


def listed(world: World, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        page = world.call(name, query={"limit": "5", **query}).body
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query = {"cursor": page["next_cursor"]}


def expected(world: World) -> dict[str, tuple[str, str, int | None]]:
    expected_items: dict[str, tuple[str, str, int | None]] = {}
    for flow in listed(world, "list_money_flows"):
        sign = 1 if flow["direction"] == "deposit" else -1
        expected_items[flow["money_flow_id"]] = (flow["direction"], flow["status"], sign * flow["amount_cents"])
    for version in listed(world, "list_collection_versions"):
        is_over = version["status"] == "complete"
        cents = version["executed_amount_cents"] if is_over else version["target_amount_delta_cents"]
        expected_items[version["version_id"]] = ("rebalance", version["status"], cents)
    for payment in listed(world, "list_commission_payments"):
        expected_items[payment["payment_id"]] = ("commission", payment["status"], -payment["amount_cents"])
    return expected_items


def live(market: HoldingsWorld, bank: str, dice: random.Random) -> None:
    world = market.world
    for number in range(STEPS):
        cents = dice.choice([10_000, 10_001, 10_002, 25_000])
        act = dice.randrange(6)
        if act == 0:
            world.move("deposit", cents, bank, key=f"a-deposit-of-{number:08d}")
        elif act == 1:
            world.move("withdrawal", cents, bank, key=f"a-withdrawal-{number:08d}")
            world.work_off()
        elif act == 2:
            market.reconfigure(dice.choice(["tech", "mixed"]), absolute_amount_delta_cents=cents)
        elif act == 3:
            market.reconfigure(dice.choice(["tech", "mixed"]), relative_amount_delta_percent=-dice.choice([25, 100]))
        elif act == 4:
            for version in listed(world, "list_collection_versions"):
                world.call("cancel_collection_version", version_id=version["version_id"])
        else:
            world.pass_by(days=dice.choice([1, 3]))
            market.open_market()
            market.minutes(40)


@pytest.mark.parametrize("seed", [1, 2])
def test_history_equals_the_records_of_each_area(world: World, seed: int) -> None:
    market = HoldingsWorld.of(world)
    bank = market.funded()
    BillsWorld(world).card("decline")

    live(market, bank, random.Random(seed))  # noqa: S311 - the same life each time
    world.pass_by(days=1)

    history = listed(world, "list_history")
    assert {item["id"]: (item["type"], item["status"], item["amount_cents"]) for item in history} == expected(world)
    assert [item["at"] for item in history] == sorted((item["at"] for item in history), reverse=True)
    assert len({item["type"] for item in history}) >= 2
