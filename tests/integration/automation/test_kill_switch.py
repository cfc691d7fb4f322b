"""The kill switch through the deployed functions, with their rights: what is open is sold at once, and verified."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.schedules import Schedules
from tests.support.trading_day import assert_sound
from tests.support.world import World
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import ExitReason, PortfolioState, PositionStatus
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

DAY = date(2013, 2, 20)
BEFORE = datetime(2013, 2, 20, 14, 0, tzinfo=UTC)
SYMBOLS = ("AAPL", "IBM", "MSFT")
OLGA: dict[str, Any] = {"uid": "olga", "claims": {"role": "operator"}}
WHY = {"reason": "a fault at the exchange"}


@pytest.fixture
def keys(world: World) -> list[PortfolioKey]:
    """Return portfolios of two people before an open, with three symbols to buy."""
    items = tuple(Recommendation(s, Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(100)) for s in SYMBOLS)
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "pinned", items))
    for symbol in SYMBOLS:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    world.market.pin(dict.fromkeys(SYMBOLS, Decimal(100)))
    body = {"name": "day", "exchange": 2, "is_automated": True}
    made = [PortfolioKey(who, world.call("create_portfolio", who, body=body).body["id"]) for who in ("ada", "bob")]
    world.pass_to(BEFORE)
    return made


def state_of(key: PortfolioKey) -> PortfolioState:
    state = DynamoSessionStore().load(key, DAY)
    assert state is not None
    return state


def exits(key: PortfolioKey) -> set[ExitReason | None]:
    return {position.exit_reason for position in state_of(key).positions}


def halt_everybody(world: World, strength: str, *, stopped: bool = True) -> None:
    body = {"stopped": stopped, "strength": strength, **WHY}
    assert world.call("put_trading_stop", body=body, **OLGA).status == 200


def halt_ada(world: World, strength: str) -> None:
    body = {"strength": strength, **WHY}
    assert world.call("pause_person", body=body, profile_id="ada", **OLGA).status == 200


def session_of(world: World, key: PortfolioKey) -> dict[str, Any]:
    shown: dict[str, Any] = world.call("list_sessions", key.owner, portfolio_id=key.portfolio_id).body["items"][0]
    return shown


def test_flatten_for_everybody_sells_all_day_positions_within_a_pass_and_nothing_is_bought_back(
    world: World, keys: list[PortfolioKey]
) -> None:
    schedules = Schedules(world)
    schedules.pass_by(timedelta(hours=3))
    assert all(len(state_of(key).held) == len(SYMBOLS) for key in keys)

    halt_everybody(world, "flatten")
    schedules.pass_by(timedelta(minutes=2))

    for key in keys:
        assert (state_of(key).held, exits(key)) == ((), {ExitReason.FLATTEN})
    schedules.pass_by(timedelta(hours=6))
    for key in keys:
        session = session_of(world, key)
        assert (session["status"], session["flat"], session["closed"]) == ("closed", True, len(SYMBOLS))
        assert_sound(state_of(key))
    assert (schedules.failed, world.failures) == ([], [])


def test_flatten_for_a_person_sells_theirs_alone(world: World, keys: list[PortfolioKey]) -> None:
    schedules = Schedules(world)
    schedules.pass_by(timedelta(hours=3))

    halt_ada(world, "flatten")
    schedules.pass_by(timedelta(minutes=2))

    adas, bobs = keys
    assert (state_of(adas).held, exits(adas)) == ((), {ExitReason.FLATTEN})
    assert len(state_of(bobs).held) == len(SYMBOLS)
    assert world.failures == []


@pytest.mark.parametrize("strength", ["no_new_entries", "reduce_only"])
def test_the_milder_strengths_leave_positions_to_their_close(
    world: World, keys: list[PortfolioKey], strength: str
) -> None:
    schedules = Schedules(world)
    schedules.pass_by(timedelta(hours=3))

    halt_everybody(world, strength)
    halt_ada(world, strength)
    schedules.pass_by(timedelta(minutes=5))
    assert all(len(state_of(key).held) == len(SYMBOLS) for key in keys)
    schedules.pass_by(timedelta(hours=6))

    assert all((state_of(key).held, exits(key)) == ((), {ExitReason.SESSION_CLOSE}) for key in keys)


@pytest.mark.parametrize("strength", ["no_new_entries", "reduce_only", "flatten"])
def test_a_halt_between_plan_and_entry_lets_nothing_in_and_each_is_told_and_remembers_why(
    world: World, keys: list[PortfolioKey], strength: str
) -> None:
    schedules = Schedules(world)
    schedules.pass_by(timedelta(minutes=20))
    assert session_of(world, keys[0])["planned"] == len(SYMBOLS)

    halt_everybody(world, strength)
    schedules.pass_by(timedelta(minutes=30))

    for key in keys:
        assert {(p.status, p.skip) for p in state_of(key).positions} <= {
            (PositionStatus.CANCELLED, Skip.TRADING_STOPPED),
            (PositionStatus.CANCELLED, Skip.KILL_SWITCH),
        }
        (block,) = world.call("get_portfolio", key.owner, portfolio_id=key.portfolio_id).body["blocks"]
        assert (block["rail"], block["scope"], block["strength"], block["reason"]) == (
            "kill_switch",
            "everything",
            strength,
            WHY["reason"],
        )
        assert [shown["rail"] for shown in session_of(world, key)["blocks"]] == ["kill_switch"]
        items = world.call("list_history", key.owner, query={"type": "block"}).body["items"]
        assert [(item["type"], item["status"]) for item in items] == [("block", "blocked")]
        notified = world.call("list_notifications", key.owner).body["items"]
        assert [notification["type"] for notification in notified] == ["entries_blocked"]
    assert world.failures == []


def test_sell_now_through_the_routes_and_the_minutes_close(world: World, keys: list[PortfolioKey]) -> None:
    schedules = Schedules(world)
    schedules.pass_by(timedelta(hours=3))
    adas, bobs = keys
    path = {"portfolio_id": adas.portfolio_id}

    answer = world.call("stop_portfolio", "ada", body={"strength": "flatten"}, **path)
    schedules.pass_by(timedelta(minutes=2))

    assert [block["rail"] for block in answer.body["blocks"]] == ["owner_stop"]
    assert (state_of(adas).held, exits(adas)) == ((), {ExitReason.FLATTEN})
    assert len(state_of(bobs).held) == len(SYMBOLS)
    lifted = world.call("resume_portfolio", "ada", **path)
    assert lifted.body["blocks"] == []
    session = state_of(adas).session(DAY)
    assert session is not None
    assert (session.status, session.flat) == (SessionStatus.CLOSED, True)
    assert world.failures == []
