"""TTFs held through the real handlers and the real client, in one process."""

from dataclasses import replace
from decimal import Decimal

import pytest

from sandbox.registry import register
from tests.support.holdings import HoldingsWorld
from tests.support.world import World
from trading.managed.models import Fund
from trading.managed.ports import ManagedChange
from trading.managed.store import DynamoManagedStore
from trading.managed.versions.rules import MAX_COLLECTIONS_EVER
from trading.markets.models import Exchange, Instrument
from trading.platform.clock import trading_date


@pytest.fixture
def market(world: World) -> HoldingsWorld:
    return HoldingsWorld.of(world)


def test_an_amount_is_bought_and_held_by_the_collections_weights(market: HoldingsWorld) -> None:
    market.funded()

    version = market.buy(500_000)

    assert (version["status"], version["executed_amount_cents"]) == ("complete", 500_000), version
    held = market.holdings()
    assert held["value_cents"] == 500_000
    assert (held["gains"]["day_cents"], held["gains"]["total_cents"]) == (0, 0)
    assert {weight["symbol"]: weight["value_cents"] for weight in held["weights"]} == {"AAPL": 300_000, "MSFT": 200_000}
    (account,) = market.world.call("list_trading_accounts").body["items"]
    assert account["buying_power_cents"] == 500_000
    assert account["equity_cents"] == 1_000_000
    assert market.world.failures == []


def test_a_percentage_of_the_free_cash_is_bought(market: HoldingsWorld) -> None:
    market.funded()

    version = market.done(market.reconfigure(relative_amount_delta_percent=25))

    assert (version["status"], version["target_amount_delta_cents"]) == ("complete", 250_000)
    assert market.holdings()["weight_in_portfolio"] == 0.25


def test_own_weights_are_applied_to_a_fund_that_is_held(market: HoldingsWorld) -> None:
    market.funded()
    market.buy(500_000)

    weights = [{"symbol": "AAPL", "weight": 0.25}, {"symbol": "IBM", "weight": 0.75}]
    version = market.done(market.reconfigure(weights=weights))

    assert version["status"] == "complete", version
    shown = {
        weight["symbol"]: (weight["target_weight"], weight["value_cents"]) for weight in market.holdings()["weights"]
    }
    assert shown["AAPL"] == (0.25, 125_000)
    assert shown["IBM"] == (0.75, 375_000)


def test_a_half_is_sold_once_and_then_all_of_it(market: HoldingsWorld) -> None:
    market.funded()
    market.buy(500_000)

    half = market.done(market.reconfigure(relative_amount_delta_percent=-50))
    for _ in range(3):
        market.open_market()
        market.minutes(40)

    assert (half["status"], half["executed_amount_cents"]) == ("complete", -250_000)
    assert market.holdings()["value_cents"] == 250_000
    everything = market.done(market.reconfigure(relative_amount_delta_percent=-100))
    assert everything["status"] == "complete", everything
    assert market.holdings()["value_cents"] == 0
    (account,) = market.world.call("list_trading_accounts").body["items"]
    assert account["buying_power_cents"] == account["equity_cents"] == 1_000_000


def test_a_version_that_waits_for_the_open_is_cancelled_and_never_carried_out(market: HoldingsWorld) -> None:
    market.funded()
    market.world.pass_by(hours=8)
    answer = market.reconfigure(absolute_amount_delta_cents=100_000)
    (account,) = market.world.call("list_trading_accounts").body["items"]
    assert (answer.body["status"], account["buying_power_cents"]) == ("pending", 900_000)

    cancelled = market.world.call("cancel_collection_version", version_id=answer.body["version_id"])
    market.open_market()
    market.minutes(40)

    assert (cancelled.status, cancelled.body["status"]) == (200, "cancelled")
    assert market.version(answer)["status"] == "cancelled"
    (account,) = market.world.call("list_trading_accounts").body["items"]
    assert account["buying_power_cents"] == 1_000_000
    assert market.world.broker.state.runs == {}


def test_a_version_made_at_night_is_carried_out_at_the_open(market: HoldingsWorld) -> None:
    market.funded()
    market.world.pass_by(hours=8)
    answer = market.reconfigure(absolute_amount_delta_cents=100_000)

    market.open_market()
    market.minutes(40)

    assert market.version(answer)["status"] == "complete"


def test_two_collections_that_share_a_symbol_are_told_apart(market: HoldingsWorld) -> None:
    market.funded()
    first = market.reconfigure("tech", absolute_amount_delta_cents=300_000)
    second = market.reconfigure("mixed", absolute_amount_delta_cents=400_000)

    market.done(first)

    assert market.version(second)["status"] == "complete", market.version(second)
    assert market.holdings("tech")["value_cents"] == 300_000
    assert market.holdings("mixed")["value_cents"] == 400_000
    assert market.portfolio()["cash_cents"] == 300_000


def test_gains_follow_prices_and_not_deposits(market: HoldingsWorld) -> None:
    bank = market.funded()
    market.buy(500_000)
    market.world.fire("snapshot_accounts")
    market.world.work_off()
    market.world.move("deposit", 200_000, bank, key="a-deposit-in-between")
    market.world.pass_by(days=5)

    market.world.market.pin({"AAPL": Decimal(110), "MSFT": Decimal(50)})

    held, whole = market.holdings(), market.portfolio()
    assert held["value_cents"] == 530_000
    assert held["gains"]["day_cents"] == held["gains"]["total_cents"] == 30_000
    assert held["gains"]["total_rate"] == 0.06
    assert held["gains"]["yearly_rate"] is None
    assert whole["gains"]["day_cents"] == whole["gains"]["total_cents"] == 30_000
    assert whole["equity_cents"] == 1_230_000
    assert whole["gains"]["day_rate"] == 0.025


def test_how_things_stood_today_does_not_pass_for_yesterday(market: HoldingsWorld) -> None:
    market.funded()
    market.buy(500_000)
    market.world.fire("snapshot_accounts")
    market.world.work_off()
    market.open_market()
    market.world.market.pin({"AAPL": Decimal(110), "MSFT": Decimal(50)})
    market.minutes(1)

    market.world.fire("snapshot_accounts")
    market.world.work_off()

    kept = DynamoManagedStore().load("ada").portfolio
    assert kept is not None
    assert [mark.day == trading_date(market.world.now) for mark in kept.marks] == [False, True]
    assert market.holdings()["gains"]["day_cents"] == 30_000


def test_a_fund_follows_its_collection_and_own_weights_stay(market: HoldingsWorld) -> None:
    market.funded()
    market.buy(300_000, "tech")
    weights = [{"symbol": "AAPL", "weight": 1}]
    market.done(market.reconfigure("mixed", absolute_amount_delta_cents=300_000, weights=weights))
    market.world.pass_by(days=3)
    market.put("tech", {"AAPL": Decimal("0.2"), "MSFT": Decimal("0.8")})
    market.put("mixed", {"IBM": Decimal(1)})

    market.open_market()
    market.minutes(40)

    assert {weight["symbol"]: weight["value_cents"] for weight in market.holdings("tech")["weights"]} == {
        "AAPL": 60_000,
        "MSFT": 240_000,
    }
    assert [weight["symbol"] for weight in market.holdings("mixed")["weights"]] == ["AAPL"]
    (automatic, *_) = market.world.call("list_collection_versions").body["items"]
    assert (automatic["source"], automatic["status"]) == ("automatic", "complete")


def test_drift_is_undone_once_and_a_small_one_left_alone(market: HoldingsWorld) -> None:
    market.funded()
    market.buy(500_000)
    market.world.pass_by(days=3)
    market.world.market.pin({"AAPL": Decimal(110)})
    market.open_market()
    market.minutes(40)
    assert len(market.world.call("list_collection_versions").body["items"]) == 1

    market.world.market.pin({"AAPL": Decimal(180)})
    market.open_market()
    market.minutes(40)

    (automatic, _) = market.world.call("list_collection_versions").body["items"]
    assert (automatic["source"], automatic["status"]) == ("automatic", "complete"), automatic
    shown = {weight["symbol"]: weight["actual_weight"] for weight in market.holdings()["weights"]}
    assert shown == {"AAPL": 0.6, "MSFT": 0.4}


def test_a_dry_run_tells_the_plan_and_does_nothing(market: HoldingsWorld) -> None:
    market.funded()

    answer = market.world.call(
        "reconfigure_collection",
        collection_id="tech",
        body={"absolute_amount_delta_cents": 400_000, "dry_run": True},
    )

    assert answer.status == 200, answer.body
    assert answer.body["cash_after_cents"] == 600_000
    assert [(order["symbol"], order["amount_cents"]) for order in answer.body["orders"]] == [
        ("AAPL", 240_000),
        ("MSFT", 160_000),
    ]
    assert answer.body["funds"][0]["weight"] == 0.4
    assert market.world.call("list_collection_versions").body["items"] == []


def test_an_instrument_that_turned_inactive_drops_out_and_the_others_share_its_part(market: HoldingsWorld) -> None:
    market.funded()
    market.world.pass_by(hours=8)
    answer = market.reconfigure(absolute_amount_delta_cents=100_000)
    register([Instrument("MSFT", Exchange.NASDAQ, active=False)])

    market.open_market()
    market.minutes(40)

    assert market.version(answer)["status"] == "complete"
    held = {weight["symbol"]: weight["value_cents"] for weight in market.holdings()["weights"] if weight["value_cents"]}
    assert held == {"AAPL": 100_000}


def test_a_version_of_which_nothing_can_be_traded_fails_and_leaves_the_money(market: HoldingsWorld) -> None:
    market.funded()
    market.world.pass_by(hours=8)
    answer = market.reconfigure(absolute_amount_delta_cents=100_000)
    register([Instrument(symbol, Exchange.NASDAQ, active=False) for symbol in ("AAPL", "MSFT")])

    market.open_market()

    version = market.version(answer)
    assert (version["status"], version["reason"]["code"]) == ("failed", "no_tradable_symbols")
    (account,) = market.world.call("list_trading_accounts").body["items"]
    assert account["buying_power_cents"] == 1_000_000


REFUSALS: list[tuple[dict[str, object], int, str]] = [
    ({"absolute_amount_delta_cents": 1_000_001}, 409, "insufficient_funds"),
    ({"absolute_amount_delta_cents": 99}, 409, "amount_too_small"),
    ({"absolute_amount_delta_cents": -100}, 409, "insufficient_holdings"),
    ({}, 409, "insufficient_holdings"),
    ({"relative_amount_delta_percent": 101}, 400, "invalid_request"),
    ({"absolute_amount_delta_cents": 100, "relative_amount_delta_percent": 1}, 400, "invalid_request"),
    ({"absolute_amount_delta_cents": 0}, 400, "invalid_request"),
    ({"absolute_amount_delta_cents": 100, "weights": [{"symbol": "NOPE", "weight": 1}]}, 400, "invalid_request"),
    ({"absolute_amount_delta_cents": 100, "weights": [{"symbol": "AAPL", "weight": 0.5}]}, 400, "invalid_request"),
    ({"absolute_amount_delta_cents": 100, "trading_account_id": "0" * 32}, 404, "not_found"),
]


def test_refusals_say_why_and_lose_nothing(market: HoldingsWorld) -> None:
    market.funded()

    answers = [market.reconfigure(**body) for body, _, _ in REFUSALS]

    assert [(answer.status, answer.body["code"]) for answer in answers] == [
        (status, code) for _, status, code in REFUSALS
    ]
    assert market.reconfigure("nothing", absolute_amount_delta_cents=100).status == 404
    assert market.world.call("list_collection_versions").body["items"] == []


def test_one_collection_more_than_an_account_may_have_is_refused_and_a_sale_never_is(market: HoldingsWorld) -> None:
    market.funded()
    market.buy(300_000)
    store = DynamoManagedStore()
    before = store.load("ada").portfolio
    assert before is not None
    old = {f"old-{number}": Fund(f"old-{number}", {}) for number in range(MAX_COLLECTIONS_EVER)}
    store.commit(ManagedChange(portfolio=replace(before, funds={**before.funds, **old})))

    asked = [
        market.reconfigure("mixed", absolute_amount_delta_cents=10_000),
        market.reconfigure("mixed", absolute_amount_delta_cents=10_000, dry_run=True),
        market.reconfigure(absolute_amount_delta_cents=10_000),
        market.reconfigure(absolute_amount_delta_cents=-10_000),
    ]

    assert [answer.status for answer in asked] == [409, 409, 202, 202]
    assert {answer.body["code"] for answer in asked[:2]} == {"too_many_collections"}


def test_a_returned_deposit_cancels_buys_that_wait_and_leaves_sales_open(market: HoldingsWorld) -> None:
    bank = market.funded()
    market.buy(300_000)
    back = market.world.move("deposit", 500_002, bank, key="a-deposit-that-comes-back")
    market.world.pass_by(days=5, hours=8)
    bought = market.reconfigure(absolute_amount_delta_cents=1_000_000)
    assert bought.status == 202, bought.body

    market.world.pass_by(days=8)
    market.world.fire("send_outbox")
    market.world.work_off()

    assert market.world.call("get_money_flow", money_flow_id=back.body["money_flow_id"]).body["status"] == "returned"
    version = market.version(bought)
    assert (version["status"], version["reason"]["code"]) == ("cancelled", "trading_paused")
    (account,) = market.world.call("list_trading_accounts").body["items"]
    assert account["buying_power_cents"] == 700_000
    assert market.reconfigure(absolute_amount_delta_cents=1_000).body["code"] == "trading_paused"
    sold = market.reconfigure(relative_amount_delta_percent=-100)
    market.open_market()
    assert market.done(sold)["status"] == "complete"
