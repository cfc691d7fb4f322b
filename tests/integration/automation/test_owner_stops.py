"""Owners' stops over the routes and through the trading day: each strength, until when, lifted, announced, kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.calls import Answer, call
from tests.support.crashes import Crashes, cut_in
from tests.support.quotes import quoted
from tests.support.rails import SYMBOLS, due_to_close, entered
from tests.support.trading_day import DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.day_trading.replies import NotedBlockReply
from trading.automation.portfolios.blocks import BlockReader
from trading.automation.portfolios.halt_rows import load_halts
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey
from trading.automation.portfolios.owner_stops import OwnerStopService
from trading.automation.portfolios.positions import ExitReason, PositionStatus
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.automation.rails.models import RailName
from trading.brokerage.halt_rows import load_halts_since
from trading.brokerage.halts import HaltStrength
from trading.history.models import HistoryItem, HistoryType
from trading.history.store import DynamoHistory
from trading.platform.clock import FixedClock
from trading.platform.errors import InvalidRequest
from trading.platform.outbox import OutboxRow

pytestmark = pytest.mark.usefixtures("aws")

STRENGTHS = pytest.mark.parametrize("strength", list(HaltStrength))
LATER = NOON + timedelta(minutes=1)


def stops(at: datetime) -> OwnerStopService:
    return OwnerStopService(DynamoSessionStore(), load_halts, FixedClock(at))


def planned(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    harness.recommend(*symbols, price="50")
    key = harness.portfolio(DayTradingSettings(max_recommendations=100)).key
    harness.at(PLANNED).plan(key, DAY)
    return key


def ask(name: str, key: PortfolioKey, body: Any = None, caller: str = "ada") -> Answer:
    return call(name, caller=caller, portfolio_id=key.portfolio_id, body=body)


def items(key: PortfolioKey, at: datetime = NOON, status: str | None = None) -> list[HistoryItem]:
    feed = DynamoHistory(FixedClock(at), load_halts_since)
    return list(feed.page(key.owner, type_=HistoryType.BLOCK, status=status, after=None, limit=50).items)


def history(key: PortfolioKey) -> list[str]:
    return [item.status for item in items(key)]


@STRENGTHS
def test_a_stopped_portfolio_enters_nothing(strength: HaltStrength) -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    stops(PLANNED).stop(key, strength)

    harness.at(OPENED).close(key, DAY)
    harness.at(OPENED).enter(key, DAY)

    state = harness.state(key)
    assert {(p.status, p.skip) for p in state.positions} == {(PositionStatus.CANCELLED, Skip.OWNER_STOP)}
    assert_sound(state)


@STRENGTHS
def test_a_stop_between_reading_and_buying_lets_nothing_through(
    strength: HaltStrength, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    cut_in(monkeypatch, lambda: stops(OPENED).stop(key, strength))

    harness.at(OPENED).enter(key, DAY)

    state = harness.state(key)
    assert {(p.status, p.skip) for p in state.positions} == {(PositionStatus.CANCELLED, Skip.OWNER_STOP)}
    assert_sound(state)


@STRENGTHS
def test_what_is_held_keeps_its_stop_and_target_under_every_strength(strength: HaltStrength) -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    stops(NOON).stop(key, strength)

    assert harness.at(NOON).exit_hits(key, DAY, [quoted("AAA", "96", NOON)]) == 1

    assert harness.position(key, "AAA").exit_reason is ExitReason.STOP_HIT
    assert_sound(harness.state(key))


def test_sell_now_sells_day_positions_at_once_leaves_manual_shares_alone_and_is_proven() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    body = {"type": "BUY", "symbol": "AAA", "quantity": 3, "price": 100}
    assert call("create_transaction", portfolio_id=key.portfolio_id, body=body, key="k" * 16).status == 201

    stops(NOON).stop(key, HaltStrength.FLATTEN)
    assert due_to_close(harness, NOON) == [key]
    harness.at(NOON).close(key, DAY)

    state = harness.state(key)
    session = state.session(DAY)
    assert session is not None
    assert (session.status, session.flat, state.held) == (SessionStatus.CLOSED, True, ())
    assert {p.exit_reason for p in state.positions} == {ExitReason.FLATTEN}
    assert {symbol: holding.quantity for symbol, holding in state.portfolio.holdings.items()} == {"AAA": 3}
    assert due_to_close(harness, LATER) == []
    assert_sound(state)


def test_the_milder_strengths_sell_nothing_before_the_close() -> None:
    for strength in (HaltStrength.NO_NEW_ENTRIES, HaltStrength.REDUCE_ONLY):
        harness = TradingDayHarness()
        key = entered(harness)
        stops(NOON).stop(key, strength)

        assert due_to_close(harness, NOON) == []
        harness.at(NOON).close(key, DAY)

        assert len(harness.state(key).held) == len(SYMBOLS)


def test_sell_now_after_hours_is_carried_out_at_the_next_open() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    night, morning = NOON + timedelta(hours=10), OPENED + timedelta(days=1)
    stops(night).stop(key, HaltStrength.FLATTEN)

    harness.at(night).close(key, DAY)
    assert len(harness.state(key).held) == len(SYMBOLS)
    assert due_to_close(harness, morning) == [key]
    harness.at(morning).close(key, morning.date())

    assert harness.state(key).held == ()
    assert_sound(harness.state(key))


def test_nothing_that_waits_for_its_entry_survives_sell_now() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    del harness.market.prices["BBB"]
    harness.at(OPENED).enter(key, DAY)
    soon = OPENED + timedelta(minutes=2)
    stops(soon).stop(key, HaltStrength.FLATTEN)
    harness.market.prices["BBB"] = harness.market.prices["AAA"]

    harness.at(soon).close(key, DAY)
    harness.at(soon).enter(key, DAY)

    found = {position.symbol: (position.status, position.skip) for position in harness.state(key).positions}
    assert found == {"AAA": (PositionStatus.CLOSED, None), "BBB": (PositionStatus.CANCELLED, Skip.OWNER_STOP)}
    assert_sound(harness.state(key))


def test_a_stop_that_says_until_when_ends_by_itself() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    stops(PLANNED).stop(key, HaltStrength.REDUCE_ONLY, until=OPENED)

    assert ask("get_portfolio", key).status == 200
    harness.at(OPENED).enter(key, DAY)

    assert [p.status for p in harness.state(key).positions] == [PositionStatus.OPEN]
    assert BlockReader(load_halts, FixedClock(OPENED)).of(harness.state(key).portfolio).holding == ()


def test_a_stop_that_ended_by_itself_is_shown_as_ended_and_when() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    stops(PLANNED).stop(key, HaltStrength.REDUCE_ONLY, until=NOON)
    harness.at(OPENED).enter(key, DAY)

    blocks = BlockReader(load_halts, FixedClock(LATER)).of(harness.state(key).portfolio)
    (noted,) = harness.state(key).sessions[0].blocks
    shown = NotedBlockReply.noted(noted, blocks)

    assert [(item.status, item.ends_at) for item in items(key, OPENED)] == [("blocked", NOON)]
    assert [(item.status, item.ends_at) for item in items(key, NOON)] == [("ended", NOON)]
    assert items(key, NOON, "blocked") == []
    assert ([(block.rail, block.until) for block in blocks.ended], blocks.holding) == ([("owner_stop", NOON)], ())
    assert (shown.holds, shown.until) == (False, NOON)


def test_a_stop_that_was_lifted_is_shown_as_ended_then_though_it_said_no_end() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    stops(PLANNED).stop(key, HaltStrength.REDUCE_ONLY)
    harness.at(OPENED).enter(key, DAY)
    (noted,) = harness.state(key).sessions[0].blocks
    reader = BlockReader(load_halts, FixedClock(LATER))
    before = NotedBlockReply.noted(noted, reader.of(harness.state(key).portfolio))

    stops(NOON).resume(key)

    after = NotedBlockReply.noted(noted, reader.of(harness.state(key).portfolio))
    assert ((before.holds, before.until), (after.holds, after.until)) == ((True, None), (False, NOON))
    assert [(item.status, item.ends_at) for item in items(key)] == [("lifted", NOON)]


def test_what_operators_halted_is_lifted_in_the_history_once_they_release_it() -> None:
    harness = TradingDayHarness()
    claims, why = {"role": "operator"}, {"reason": "a call from the bank"}
    key = planned(harness, "AAA")
    call("put_trading_stop", caller="olga", claims=claims, body={"stopped": True, **why})
    harness.at(OPENED).enter(key, DAY)
    assert history(key) == ["blocked"]

    call("put_trading_stop", caller="olga", claims=claims, body={"stopped": False, **why})

    assert history(key) == ["lifted"]
    shown = ask("list_sessions", key).body["items"][0]["blocks"]
    assert [(block["rail"], block["holds"]) for block in shown] == [("kill_switch", False)]


def test_a_portfolio_shows_the_last_five_blocks_that_ended_and_no_more() -> None:
    key = TradingDayHarness().portfolio().key
    for minute in range(7):
        stops(NOON + timedelta(minutes=2 * minute)).stop(key, HaltStrength.REDUCE_ONLY)
        stops(NOON + timedelta(minutes=2 * minute + 1)).resume(key)

    ended = ask("get_portfolio", key).body["ended_blocks"]

    assert [block["until"] for block in ended] == [f"2013-02-19T17:{minute:02}:00Z" for minute in (13, 11, 9, 7, 5)]


@pytest.mark.parametrize("until", [PLANNED, PLANNED - timedelta(days=1), PLANNED + timedelta(days=400)])
def test_a_stop_until_a_moment_that_is_past_or_far_away_is_refused(until: datetime) -> None:
    key = TradingDayHarness().portfolio().key

    with pytest.raises(InvalidRequest):
        stops(PLANNED).stop(key, HaltStrength.REDUCE_ONLY, until)


def test_a_stop_is_shown_with_who_why_and_until_when_and_lifted_again() -> None:
    harness = TradingDayHarness()
    key = harness.portfolio().key

    stopped = ask("stop_portfolio", key, {"strength": "reduce_only"})
    shown = ask("get_portfolio", key)
    listed = call("list_portfolios").body["items"][0]
    lifted = ask("resume_portfolio", key)
    again = ask("resume_portfolio", key)

    (block,) = stopped.body["blocks"]
    named = {name: block[name] for name in ("rail", "scope", "until", "strength", "set_by")}
    assert (stopped.status, named) == (
        200,
        {"rail": "owner_stop", "scope": "portfolio", "until": None, "strength": "reduce_only", "set_by": "owner"},
    )
    assert shown.body["blocks"] == listed["blocks"] == [block]
    assert (lifted.status, lifted.body["blocks"], again.body["blocks"]) == (200, [], [])
    assert history(key) == ["lifted"]


def test_what_operators_halted_is_shown_above_and_the_owner_does_not_lift_it() -> None:
    key = TradingDayHarness().portfolio().key
    claims, why = {"role": "operator"}, {"reason": "a call from the bank"}
    call("pause_person", caller="olga", claims=claims, profile_id="ada", body=why)
    call("put_trading_stop", caller="olga", claims=claims, body={"stopped": True, "strength": "flatten", **why})
    ask("stop_portfolio", key, {"strength": "no_new_entries"})

    lifted = ask("resume_portfolio", key)

    found = [(block["scope"], block["strength"], block["set_by"]) for block in lifted.body["blocks"]]
    assert found == [("everything", "flatten", "operator"), ("person", "reduce_only", "operator")]
    assert "bank" not in lifted.body["blocks"][1]["reason"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        {"strength": "all"},
        {"strength": "flatten", "until": "tomorrow"},
        {"strength": "flatten", "until": 1361284200},
        {"strength": "flatten", "until": "2013-02-19T17:00:00"},
        {"strength": "flatten", "until": "9999-12-31T23:59:59-23:59"},
        {"strength": "flatten", "why": "x"},
    ],
)
def test_a_stop_that_is_malformed_is_refused(body: dict[str, object] | None) -> None:
    key = TradingDayHarness().portfolio().key

    assert ask("stop_portfolio", key, body).status == 400


@pytest.mark.parametrize("name", ["stop_portfolio", "resume_portfolio"])
def test_a_foreign_portfolio_is_stopped_by_nobody_else(name: str) -> None:
    key = TradingDayHarness().portfolio().key
    body = {"strength": "flatten"} if name == "stop_portfolio" else None

    answer = ask(name, key, body, caller="bob")

    assert (answer.status, ask("get_portfolio", key).body["blocks"]) == (404, [])


def test_a_stop_is_told_once_and_the_same_again_changes_nothing() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    for _ in range(3):
        stops(NOON).stop(key, HaltStrength.FLATTEN)
    notified = [row for row in OutboxRow.scan() if '"entries_blocked"' in row.body]

    stopped = stops(LATER).stop(key, HaltStrength.FLATTEN)

    assert len(notified) == 1
    assert [block.since for block in stopped.rail_state.blocks] == [NOON]
    assert history(key) == ["blocked"]


def test_a_stop_that_takes_the_place_of_one_of_the_same_moment_is_the_one_that_stays() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    stops(PLANNED).stop(key, HaltStrength.NO_NEW_ENTRIES)

    stops(PLANNED).stop(key, HaltStrength.REDUCE_ONLY, until=NOON)

    (block,) = harness.state(key).portfolio.rail_state.blocks
    shown = [item.status for item in items(key, OPENED)]
    assert (block.strength, block.until, shown) == (HaltStrength.REDUCE_ONLY, NOON, ["blocked"])


def test_sell_now_that_is_lifted_before_the_sale_sells_nothing() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    stops(NOON).stop(key, HaltStrength.FLATTEN)
    stops(NOON).resume(key)

    harness.at(LATER).close(key, DAY)

    assert len(harness.state(key).held) == len(SYMBOLS)


def test_sell_now_dies_anywhere_and_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    harness = TradingDayHarness()
    rehearsal = entered(harness)

    def stop_and_close(key: PortfolioKey) -> None:
        stops(NOON).stop(key, HaltStrength.FLATTEN)
        harness.at(NOON).close(key, DAY)

    for place in range(1, crashes.count(lambda: stop_and_close(rehearsal)) + 1):
        key = entered(harness)
        crashes.die_at(place, lambda key=key: stop_and_close(key))  # type: ignore[misc]
        stops(NOON).stop(key, HaltStrength.FLATTEN)
        harness.at(LATER).close(key, DAY)
        state = harness.state(key)
        session = state.session(DAY)
        assert session is not None
        assert (state.held, session.flat, state.portfolio.rail_state.flatten) == ((), True, None)
        assert [block.rail for block in state.portfolio.rail_state.blocks] == [RailName.OWNER_STOP]
        assert_sound(state)


def test_what_was_sold_by_sell_now_is_not_bought_back_the_next_day() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    stops(NOON).stop(key, HaltStrength.FLATTEN)
    harness.at(NOON).close(key, DAY)
    tomorrow = DAY + timedelta(days=1)
    harness.recommend(*SYMBOLS, day=tomorrow)

    session = harness.at(PLANNED + timedelta(days=1)).plan(key, tomorrow)

    assert session is not None
    assert (session.planned, {skip.reason for skip in session.skipped}) == (0, {Skip.OWNER_STOP})
    assert [block.rail for block in session.blocks] == [RailName.OWNER_STOP]


def test_two_workers_that_sell_now_at_once_sell_each_position_once(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    stops(NOON).stop(key, HaltStrength.FLATTEN)
    cut_in(monkeypatch, lambda: harness.at(NOON).close(key, DAY))

    harness.at(NOON).close(key, DAY)

    assert harness.state(key).held == ()
    assert_sound(harness.state(key))
