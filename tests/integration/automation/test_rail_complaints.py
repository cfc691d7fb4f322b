"""More of what users of other systems complained of, and odd days of the daily loss, through the deployed jobs."""

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from tests.support.trader import AFTER, DAY, SYMBOLS, TOMORROW, Trader, at, new_trader
from tests.support.trading_day import assert_sound
from tests.support.world import World
from trading.automation.rails.models import RailName

UNWATCHED: dict[str, Any] = {
    "daily_loss_percent": None,
    "max_drawdown_percent": None,
    "stop_guard": None,
    "cool_down_sessions": 0,
}


@pytest.fixture
def trader(world: World) -> Trader:
    return new_trader(world)


def trade_day(trader: Trader, day: date, price: str) -> None:
    """Have a day's positions end at a price."""
    trader.enter(day)
    trader.price(price)
    trader.monitor(day)
    trader.run("close_sessions", at(day, 20, 30))
    trader.run("snapshot_portfolios", at(day, 21, 0))


def resume(trader: Trader) -> None:
    answer = trader.world.call("resume_portfolio", portfolio_id=trader.portfolio_id)
    assert answer.status == 200, answer.body


def move(trader: Trader, kind: str, amount: int) -> None:
    body = {"type": kind, "amount": amount}
    answer = trader.world.call(
        "create_transaction", portfolio_id=trader.portfolio_id, body=body, key=f"a-key-of-its-own-{kind}-{amount}"
    )
    assert answer.status == 201, answer.body


def test_the_first_loss_is_a_drawdown_already(trader: Trader) -> None:
    """Freqtrade PR #11593: the first loss was missed. PR #12835: trade ratios were summed instead of equity."""
    trader.set_rails(**{**UNWATCHED, "max_drawdown_percent": "1.0"})

    trade_day(trader, DAY, "96.9")

    (block,) = trader.get()["blocks"]
    lost = (10_000 - trader.get()["current_value"]) / 100
    assert (block["rail"], block["value"]) == ("drawdown", pytest.approx(lost, abs=0.01))


def test_a_drawdown_counts_from_the_peak_and_not_from_the_start(trader: Trader) -> None:
    """Hummingbot #2969: it counted from the start."""
    trader.set_rails(**{**UNWATCHED, "max_drawdown_percent": "2.0"})

    trade_day(trader, DAY, "110")
    trade_day(trader, TOMORROW, "96.9")

    assert trader.get()["current_value"] > 10_000
    assert trader.rails() == ["drawdown"]


def test_after_resuming_the_peak_is_a_new_one_and_trading_goes_on(trader: Trader) -> None:
    """Lean #4846: the peak is never reset, so it never trades again."""
    trader.set_rails(**{**UNWATCHED, "max_drawdown_percent": "2.0"})
    trade_day(trader, DAY, "96.9")
    trader.enter(TOMORROW)
    assert trader.session(TOMORROW)["opened"] == 0

    resume(trader)
    trade_day(trader, AFTER, "99.5")

    assert (trader.session(AFTER)["opened"], trader.rails()) == (len(SYMBOLS), [])


def test_money_that_is_taken_out_is_no_drawdown_and_no_loss(trader: Trader) -> None:
    trader.set_rails(**{**UNWATCHED, "max_drawdown_percent": "2.0", "daily_loss_percent": "2.0"})
    trader.enter()

    move(trader, "DEPOSIT", 5_000)
    trader.monitor()
    move(trader, "WITHDRAWAL", 5_000)
    trader.monitor(minute=10)
    trader.run("close_sessions", at(DAY, 20, 30))
    trader.run("snapshot_portfolios", at(DAY, 21, 0))

    assert trader.rails() == []


def test_a_trailing_stop_follows_the_high_and_not_the_entry(trader: Trader) -> None:
    """Lean #6344: it trailed from the entry."""
    trader.set_rails(**{**UNWATCHED, "trailing_stop_percent": "1.0"})
    trader.enter()
    trader.price("101.5")
    trader.monitor(minute=0)

    trader.price("100.4")
    trader.monitor(minute=10)

    assert trader.exits() == {"trailing_stop"}


def test_a_limit_of_orders_holds_no_close(trader: Trader) -> None:
    """Nautilus #4695, #4746: a notional refused closes."""
    trader.set_rails(**UNWATCHED)
    trader.enter()
    trader.set_rails(max_order_notional=1)

    trader.run("close_sessions", at(DAY, 20, 30))

    assert (trader.session()["flat"], trader.exits()) == (True, {"session_close"})


def test_a_sale_asks_for_no_cash(trader: Trader) -> None:
    """Nautilus #3256: a sale was held against cash."""
    trader.set_rails(**UNWATCHED)
    trader.enter()
    cash = int(trader.get()["cash_balance"])
    move(trader, "WITHDRAWAL", cash)

    trader.run("close_sessions", at(DAY, 20, 30))

    assert trader.session()["flat"] is True
    assert_sound(trader.state())


def test_a_latch_is_lifted_by_nobody_that_day_and_by_no_new_limit(trader: Trader) -> None:
    """Freqtrade #4430: "trading stopped" went on. A day's loss stays one, whatever its owner changes."""
    trader.set_rails(daily_loss_percent="2.0")
    trader.enter()
    trader.price("97.5")
    trader.monitor()

    resume(trader)
    trader.set_rails(daily_loss_percent="20.0")
    trader.set_rails(daily_loss_percent=None)
    trader.price(100)
    trader.run("open_sessions", at(DAY, 15, 20))

    assert (trader.rails(), trader.state().held) == (["daily_loss"], ())
    (block,) = trader.get()["blocks"]
    assert block["until"] == "2013-02-21T05:00:00Z"


def test_a_limit_that_is_raised_before_it_is_reached_is_the_one_that_acts(trader: Trader) -> None:
    trader.set_rails(daily_loss_percent="2.0")
    trader.enter()
    trader.price("97.5")
    trader.set_rails(daily_loss_percent="20.0")

    trader.monitor()

    assert trader.rails() == []


def test_a_gap_far_beyond_the_limit_sells_once_and_says_what_was_lost(trader: Trader) -> None:
    trader.set_rails(daily_loss_percent="2.0")
    trader.enter()
    trader.price("70")

    trader.monitor()
    trader.monitor(minute=10)

    (block,) = (block for block in trader.session()["blocks"] if block["rail"] == "daily_loss")
    assert (block["value"] > 10, trader.state().held, trader.session()["flat"]) == (True, (), True)
    assert_sound(trader.state())


def test_a_symbol_that_is_halted_for_hours_is_sold_when_it_trades_again(trader: Trader) -> None:
    trader.set_rails(daily_loss_percent="1.5")
    trader.enter()
    trader.price("97.2", "AAA", "BBB", "CCC")
    trader.price(None, "DDD")
    trader.monitor()

    for hour in (15, 16, 17):
        trader.run("close_sessions", at(DAY, hour, 30))
        assert {position.symbol for position in trader.state().held} == {"DDD"}
    trader.price(60, "DDD")
    trader.run("close_sessions", at(DAY, 18, 0))

    assert (trader.state().held, trader.session()["flat"], trader.exits()) == ((), True, {"daily_loss"})
    assert trader.state().portfolio.rail_state.flatten is None


def test_one_portfolio_that_lost_holds_none_of_its_owners_others(world: World) -> None:
    lost, kept = new_trader(world, "lost"), new_trader(world, "kept")
    lost.set_rails(daily_loss_percent="2.0")
    kept.set_rails(daily_loss_percent="20.0")
    lost.enter()
    lost.price("97.5")

    lost.monitor()

    assert (lost.rails(), kept.rails()) == (["daily_loss"], [])
    assert (lost.state().held, len(kept.state().held)) == ((), len(SYMBOLS))


@pytest.mark.parametrize(
    ("day", "opened", "ends"),
    [
        (date(2013, 3, 8), time(14, 31), "2013-03-11T04:00:00Z"),
        (date(2013, 3, 11), time(13, 31), "2013-03-12T04:00:00Z"),
    ],
)
def test_a_latch_ends_at_new_yorks_midnight_around_the_change_of_clocks(
    trader: Trader, day: date, opened: time, ends: str
) -> None:
    trader.set_rails(daily_loss_percent="2.0")
    trader.signals(day)
    trader.run("plan_sessions", at(day, opened.hour - 1, 15 if opened.hour == 13 else 16))
    trader.run("open_sessions", at(day, opened.hour, opened.minute))
    trader.price("97.5")

    trader.run("monitor_positions", at(day, 16, 0))

    (block,) = trader.get()["blocks"]
    assert (block["rail"], block["until"]) == (RailName.DAILY_LOSS, ends)
    assert trader.session(day)["flat"] is True


def test_a_day_begins_with_the_equity_of_its_own_open(trader: Trader) -> None:
    """What was lost the day before is no loss of today."""
    trader.set_rails(**{**UNWATCHED, "daily_loss_percent": "3.0"})
    trade_day(trader, DAY, "97.9")
    trader.enter(TOMORROW)
    trader.price(Decimal("97.9"))

    trader.monitor(TOMORROW)

    assert trader.rails() == []
