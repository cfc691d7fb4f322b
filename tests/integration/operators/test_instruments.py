"""PUT /api/operator/instruments/{symbol}: what an operator changes of an instrument works in the running session."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.calls import Answer
from tests.support.crashes import Crash, Crashes
from tests.support.trading_day import assert_sound
from tests.support.world import World
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import ExitReason, PortfolioState, Position, PositionStatus
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import Skip
from trading.ledger.models import Kind
from trading.ledger.store import DynamoJournal
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.platform.people import PersonRow
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

OPERATOR = {"role": "operator"}
DAY = date(2013, 2, 20)
STEPS = {
    "plan_sessions": datetime(2013, 2, 20, 14, 15, tzinfo=UTC),
    "open_sessions": datetime(2013, 2, 20, 14, 31, tzinfo=UTC),
}
CLOSING = datetime(2013, 2, 20, 20, 30, tzinfo=UTC)


def put(world: World, symbol: str = "OLD", who: str = "olga", **body: object) -> Answer:
    claims = OPERATOR if who == "olga" else {}
    return world.call("put_instrument", who, body={"reason": "renamed", **body}, claims=claims, symbol=symbol)


def run(world: World, job: str, at: datetime) -> None:
    world.pass_to(at)
    world.fire(job)
    world.work_off()


@pytest.fixture
def key(world: World) -> PortfolioKey:
    """Return a portfolio with an entry planned in OLD before an open, and with ten shares of it bought manually."""
    register("OLD")
    signals = (Recommendation("OLD", Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(100)),)
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "pinned", signals))
    world.market.pin({"OLD": Decimal(100), "NEW": Decimal(100)})
    made = world.call("create_portfolio", body={"name": "day", "exchange": 2, "is_automated": True})
    run(world, "plan_sessions", STEPS["plan_sessions"])
    bought = trade(world, made.body["id"], "BUY", "OLD")
    assert (made.status, bought.status) == (201, 201), bought.body
    return PortfolioKey("ada", made.body["id"])


def trade(world: World, portfolio: int, kind: str, symbol: str, *, number: int = 1) -> Answer:
    body = {"type": kind, "symbol": symbol, "quantity": 10, "price": 100}
    return world.call(
        "create_transaction", body=body, key=f"a-trade-of-{kind}-{symbol}-{number}", portfolio_id=str(portfolio)
    )


def register(symbol: str, exchange: Exchange = Exchange.NASDAQ) -> None:
    DynamoInstrumentStore().save(Instrument(symbol, exchange))


def found(symbol: str, exchange: Exchange = Exchange.NASDAQ) -> bool | None:
    instrument = DynamoInstrumentStore().find(exchange, symbol)
    return instrument.active if instrument else None


def state_of(key: PortfolioKey) -> PortfolioState:
    state = DynamoSessionStore().load(key, DAY)
    assert state is not None
    return state


def position(key: PortfolioKey) -> Position:
    (only,) = state_of(key).positions
    return only


def renamings(key: PortfolioKey) -> int:
    return sum(entry.kind is Kind.SYMBOL_CHANGE for entry in DynamoJournal().since(key.text, 0))


def test_an_unknown_symbol_is_registered_with_an_audit_record(world: World) -> None:
    answer = put(world, "FRESH", exchange=3)

    assert (answer.status, answer.body) == (200, {"symbol": "FRESH", "exchange": 3, "active": True, "concerned": 0})
    assert found("FRESH", Exchange.NYSE) is True
    (row,) = PersonRow.query("operator#instruments#FRESH", PersonRow.sk.startswith("audit#"))
    audit = json.loads(str(row.document))
    assert (audit["actor"], audit["action"], audit["reason"]) == ("olga", "change_instrument", "renamed")


def test_a_planned_entry_its_position_and_what_is_held_by_hand_take_the_new_symbol(
    world: World, key: PortfolioKey
) -> None:
    answer = put(world, new_symbol="NEW")
    world.work_off()

    assert answer.body == {"symbol": "NEW", "exchange": 2, "active": True, "concerned": 2}
    assert (found("OLD"), found("NEW")) == (False, True)
    assert (position(key).symbol, position(key).status) == ("NEW", PositionStatus.PENDING)
    assert set(state_of(key).portfolio.holdings) == {"NEW"}
    signals = DynamoSignalStore().read(Exchange.NASDAQ, DAY)
    assert signals is not None
    assert [signal.symbol for signal in signals.recommendations] == ["NEW"]
    run(world, "open_sessions", STEPS["open_sessions"])
    assert position(key).status is PositionStatus.OPEN
    assert trade(world, key.portfolio_id, "SELL", "NEW").status == 201
    assert_sound(state_of(key))


def test_an_open_position_is_watched_and_sold_under_its_new_symbol(world: World, key: PortfolioKey) -> None:
    run(world, "open_sessions", STEPS["open_sessions"])
    world.market.pin({"OLD": None})

    put(world, new_symbol="NEW")
    world.work_off()
    put(world, new_symbol="NEW")
    world.work_off()

    assert (position(key).symbol, position(key).status) == ("NEW", PositionStatus.OPEN)
    assert renamings(key) == 1
    world.fire("send_outbox")
    world.work_off()
    notifications = [n for n in world.call("list_notifications").body["items"] if n["type"] == "corporate_action"]
    assert [("OLD is NEW now" in json.dumps(n)) for n in notifications] == [True]
    world.market.pin({"NEW": Decimal(90)})
    run(world, "monitor_positions", datetime(2013, 2, 20, 15, 0, tzinfo=UTC))
    assert (position(key).status, position(key).exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_HIT)
    assert_sound(state_of(key))


def test_a_position_is_watched_and_closed_though_its_instrument_moved(world: World, key: PortfolioKey) -> None:
    run(world, "open_sessions", STEPS["open_sessions"])

    answer = put(world, exchange=3)
    world.work_off()

    assert answer.body == {"symbol": "OLD", "exchange": 3, "active": True, "concerned": 2}
    assert (found("OLD"), found("OLD", Exchange.NYSE)) == (False, True)
    assert trade(world, key.portfolio_id, "BUY", "OLD", number=2).body["code"] == "not_tradable"
    assert trade(world, key.portfolio_id, "SELL", "OLD").status == 201
    put(world, new_symbol="NEW")
    world.work_off()
    assert position(key).symbol == "NEW", "a portfolio of the exchange that it left follows a new symbol"
    assert trade(world, key.portfolio_id, "BUY", "NEW").body["code"] == "not_tradable"
    run(world, "close_sessions", CLOSING)
    assert position(key).status is PositionStatus.CLOSED
    assert (found("NEW"), found("NEW", Exchange.NYSE)) == (False, True)
    assert_sound(state_of(key))


@pytest.mark.parametrize("change", [{"active": False}, {"exchange": 3}])
def test_what_may_not_be_bought_any_more_is_not_bought_at_the_open(
    world: World, key: PortfolioKey, change: dict[str, Any]
) -> None:
    put(world, **change)
    world.work_off()
    run(world, "open_sessions", STEPS["open_sessions"])

    assert (position(key).status, position(key).skip) == (PositionStatus.CANCELLED, Skip.NOT_TRADABLE)
    assert trade(world, key.portfolio_id, "SELL", "OLD").status == 201
    assert_sound(state_of(key))


def test_a_change_that_died_anywhere_is_finished_by_the_next_or_by_the_job(
    world: World, key: PortfolioKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(world, "open_sessions", STEPS["open_sessions"])
    crashes = Crashes(monkeypatch)
    place, names = 0, ["OLD"]
    while True:
        place += 3
        names.append(f"NEW{place}")
        world.market.pin({names[-1]: Decimal(100)})
        crashes.sides, crashes.at = 0, place
        try:
            put(world, names[-2], new_symbol=names[-1])
        except Crash:
            crashes.at = None
            is_filed = found(names[-1]) is not None
            run(world, "apply_corporate_actions", world.now)
            assert position(key).symbol == names[-1 if is_filed else -2], place
            names = names if is_filed else names[:-1]
            continue
        crashes.at = None
        break
    world.work_off()

    assert place > 10
    assert position(key).symbol == names[-1]
    assert set(state_of(key).portfolio.holdings) == {names[-1]}
    assert_sound(state_of(key))


@pytest.mark.parametrize(
    ("symbol", "body", "status", "code"),
    [
        ("FRESH", {}, 400, "invalid_request"),
        ("FRESH", {"exchange": 9}, 400, "invalid_request"),
        ("FRESH", {"exchange": 2, "new_symbol": "NEWER"}, 404, "not_found"),
        ("OLD", {"new_symbol": "TAKEN"}, 409, "symbol_taken"),
        ("OLD", {"new_symbol": "NEW", "active": False}, 400, "invalid_request"),
        ("OLD", {"new_symbol": "NEW", "exchange": 3}, 400, "invalid_request"),
        ("OLD", {"new_symbol": "no"}, 400, "invalid_request"),
        ("OLD", {"reason": " "}, 400, "invalid_request"),
        ("T", {}, 400, "invalid_request"),
        ("no symbol", {"exchange": 2}, 404, "not_found"),
    ],
)
def test_what_is_no_change_is_refused(
    world: World, symbol: str, body: dict[str, object], status: int, code: str
) -> None:
    for name, exchange in (("OLD", Exchange.NASDAQ), ("TAKEN", Exchange.NASDAQ), ("T", Exchange.NYSE)):
        register(name, exchange)
    register("T", Exchange.TSE)

    answer = put(world, symbol, **body)

    assert (answer.status, answer.body["code"]) == (status, code)


def test_torontos_symbol_is_another_instrument(world: World) -> None:
    register("T", Exchange.NYSE)

    assert put(world, "T", exchange=1).status == 200

    assert (found("T", Exchange.NYSE), found("T", Exchange.TSE)) == (True, True)


def test_nobody_but_operators_changes_an_instrument_whatever_they_send(world: World) -> None:
    answer = world.call("put_instrument", "ada", body={"nonsense": 1}, symbol="OLD")

    assert answer.status == 403
