"""Rails through the deployed jobs and routes: what users of other systems complained of must not happen here."""

from datetime import timedelta

import pytest

from tests.support.trader import AFTER, DAY, SYMBOLS, TOMORROW, Trader, at, new_trader
from tests.support.trading_day import assert_sound
from tests.support.world import World


@pytest.fixture
def trader(world: World) -> Trader:
    return new_trader(world)


def test_losses_of_open_positions_count(trader: Trader) -> None:
    """Freqtrade #9977: open trades are ignored by design."""
    trader.set_rails(daily_loss_percent="2.0")
    trader.enter()
    trader.price("97.5")

    trader.monitor()

    assert trader.rails() == ["daily_loss"]
    assert trader.exits() == {"daily_loss"}
    session = trader.session()
    assert (session["status"], session["flat"]) == ("closed", True)
    (block,) = session["blocks"]
    assert block["value"] >= block["limit"] == 2
    assert_sound(trader.state())


def test_a_limit_that_was_set_is_the_one_that_acts(trader: Trader) -> None:
    """Finalayze #146: a setting that was never wired to live trading."""
    trader.enter()
    trader.price("97.5")
    trader.monitor()
    assert trader.rails() == []

    trader.set_rails(daily_loss_percent="2.4")
    trader.monitor(minute=10)

    assert trader.exits() == {"daily_loss"}


def test_nothing_is_bought_back_that_day_and_the_next_one_trades_by_its_own_plan(trader: Trader) -> None:
    """Lean #7104: it liquidates, keeps its insights, and buys back. Freqtrade #4837: it went on buying."""
    trader.set_rails(daily_loss_percent="2.0", cool_down_sessions=0)
    trader.enter()
    trader.price("97.5")
    trader.run("monitor_positions", at(DAY, 14, 32))
    trader.price(100)
    for job in ("plan_sessions", "open_sessions"):
        trader.run(job, at(DAY, 14, 35))

    assert trader.state().held == ()
    assert trader.session()["opened"] == len(SYMBOLS)
    trader.enter(TOMORROW)
    assert trader.rails() == []
    assert trader.session(TOMORROW)["opened"] == len(SYMBOLS)


def test_entries_that_wait_do_not_survive_a_flatten(trader: Trader) -> None:
    """Go-trader #1462: resting orders survive a flatten."""
    trader.set_rails(daily_loss_percent="1.5")
    trader.signals(DAY)
    trader.run("plan_sessions", at(DAY, 14, 15))
    trader.price(None, "DDD")
    trader.run("open_sessions", at(DAY, 14, 31))
    trader.price("97.3", "AAA", "BBB", "CCC")

    trader.run("monitor_positions", at(DAY, 14, 32))
    trader.price(100, "DDD")
    trader.run("open_sessions", at(DAY, 14, 33))

    session = trader.session()
    assert (session["opened"], session["closed"], session["flat"]) == (3, 3, True)
    assert {"symbol": "DDD", "reason": "daily_loss"} in session["skipped"]


def test_a_missing_price_disables_no_limit(trader: Trader) -> None:
    """Helios-x #23: one NaN price disables the limit."""
    trader.set_rails(daily_loss_percent="1.5")
    trader.enter()
    trader.price("97.2", "AAA", "BBB", "CCC")
    trader.price(None, "DDD")

    trader.monitor()

    (block,) = trader.get()["blocks"]
    assert (block["rail"], block["stale"]) == ("daily_loss", ["DDD"])
    assert {position.symbol for position in trader.state().held} == {"DDD"}
    trader.price(98, "DDD")
    trader.run("close_sessions", at(DAY, 15, 1))
    assert trader.state().held == ()
    assert trader.exits() == {"daily_loss"}


def test_prices_that_recover_lift_no_latch(trader: Trader) -> None:
    trader.set_rails(daily_loss_percent="1.5")
    trader.enter()
    trader.price("97.2", "AAA", "BBB", "CCC")
    trader.price(None, "DDD")
    trader.monitor()
    trader.price(110)

    trader.run("close_sessions", at(DAY, 15, 1))

    assert trader.state().held == ()
    assert trader.rails() == ["daily_loss"]


@pytest.mark.parametrize(("stopped", "blocks"), [(2, False), (3, True)])
def test_the_stop_guard_blocks_at_its_count_and_not_one_off(trader: Trader, stopped: int, blocks: bool) -> None:
    """Freqtrade #4404: off by one."""
    trader.set_rails(daily_loss_percent="20.0", cool_down_sessions=0)
    trader.enter()
    trader.price("96.9", *SYMBOLS[:stopped])
    trader.monitor()

    assert ("stop_guard" in trader.rails()) is blocks
    trader.enter(TOMORROW)
    assert (trader.session(TOMORROW)["opened"] == 0) is blocks
    trader.run("close_sessions", at(TOMORROW, 20, 30))
    trader.enter(AFTER)
    assert trader.session(AFTER)["opened"] == len(SYMBOLS)


def test_a_winning_close_makes_no_block_last_longer(trader: Trader) -> None:
    """Freqtrade #7170: the lock is renewed by a winning close."""
    trader.set_rails(daily_loss_percent="20.0", cool_down_sessions=0)
    trader.enter()
    trader.price("96.9", "AAA", "BBB", "CCC")
    trader.monitor()
    (before,) = trader.get()["blocks"]

    trader.price(110, "DDD")
    trader.monitor(minute=10)

    assert trader.exits() == {"stop_hit", "target_hit"}
    assert trader.get()["blocks"] == [before]


def test_a_symbol_that_was_stopped_out_rests_and_the_others_are_bought(trader: Trader) -> None:
    trader.set_rails(daily_loss_percent="20.0")
    trader.enter()
    trader.price("96.9", "AAA")
    trader.monitor()
    trader.run("close_sessions", at(DAY, 20, 30))

    trader.enter(TOMORROW)

    session = trader.session(TOMORROW)
    assert session["skipped"] == [{"symbol": "AAA", "reason": "cool_down"}]
    assert [(block["rail"], block["scope"]) for block in session["blocks"]] == [("cool_down", "AAA")]
    assert session["opened"] == len(SYMBOLS) - 1
    trader.run("close_sessions", at(TOMORROW, 20, 30))
    trader.enter(AFTER)
    assert trader.session(AFTER)["opened"] == len(SYMBOLS)


def test_stops_and_targets_are_sold_whatever_blocks(trader: Trader) -> None:
    """Nautilus #4761: a halted engine refuses closes."""
    trader.set_rails(daily_loss_percent="20.0")
    trader.enter()
    stop = {"strength": "reduce_only"}
    assert trader.world.call("stop_portfolio", portfolio_id=trader.portfolio_id, body=stop).status == 200
    trader.price("96.9", "AAA")
    trader.price(110, "BBB")

    trader.monitor()
    trader.run("close_sessions", at(DAY, 20, 30))

    assert trader.exits() == {"stop_hit", "target_hit", "session_close"}
    assert trader.session()["flat"] is True


def test_a_flatten_that_cannot_sell_for_minutes_is_an_alarm(trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    trader.set_rails(daily_loss_percent="1.5")
    trader.enter()
    trader.price("97.2", "AAA", "BBB", "CCC")
    trader.price(None, "DDD")
    trader.monitor()
    capsys.readouterr()

    trader.run("close_sessions", at(DAY, 15, 4))
    early = capsys.readouterr().out
    trader.run("close_sessions", at(DAY, 15, 0) + timedelta(minutes=6))

    assert "FlattensUnproven" not in early
    assert "FlattensUnproven" in capsys.readouterr().out
