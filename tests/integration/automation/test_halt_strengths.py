"""The kill switch in its strengths: what each holds of entries, of manual purchases, and never of a sale."""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

import pytest

from tests.support.calls import Answer, call
from tests.support.crashes import Crashes
from tests.support.rails import entered
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, FakeMarket, TradingDayHarness, assert_sound
from trading.automation.day_trading.flattening import FlattenService
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey
from trading.automation.portfolios.positions import ExitReason, PositionStatus
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import Skip
from trading.brokerage.halts import HaltStrength, strictest
from trading.markets.models import Exchange, Instrument, Quote
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock

pytestmark = pytest.mark.usefixtures("aws")

OLGA = {"role": "operator"}
WHY = {"reason": "a fault at the exchange"}


def halt_everybody(strength: str) -> Answer:
    body = {"stopped": True, "strength": strength, **WHY}
    return call("put_trading_stop", caller="olga", claims=OLGA, body=body)


def halt_person(strength: str) -> Answer:
    body = {"strength": strength, **WHY}
    return call("pause_person", caller="olga", claims=OLGA, body=body, profile_id="ada")


HALTS: Mapping[str, Callable[[str], Answer]] = {"everybody": halt_everybody, "person": halt_person}
SKIPS = {"everybody": Skip.TRADING_STOPPED, "person": Skip.TRADING_PAUSED}
LEVELS = pytest.mark.parametrize("level", HALTS)
STRENGTHS = pytest.mark.parametrize("strength", list(HaltStrength))


class MeddlingMarket(FakeMarket):
    """A market in which something happens while quotes are asked for: after all reading, before the writing."""

    act: Callable[[], object]

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        """Act, then quote."""
        self.act()
        return super().quotes(exchange, symbols)


def planned(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    harness.recommend(*symbols, price="50")
    key = harness.portfolio(DayTradingSettings(max_recommendations=100)).key
    harness.at(PLANNED).plan(key, DAY)
    return key


def transact(key: PortfolioKey, kind: str, number: int) -> Answer:
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    body = {"type": kind, "symbol": "AAPL", "quantity": 1, "price": 100}
    return call("create_transaction", portfolio_id=key.portfolio_id, body=body, key=f"key-of-16-characters-{number}")


@LEVELS
@STRENGTHS
def test_no_strength_lets_automation_buy(level: str, strength: HaltStrength) -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    assert HALTS[level](strength).status == 200

    harness.at(OPENED).enter(key, DAY)

    state = harness.state(key)
    assert {(p.status, p.skip) for p in state.positions} == {(PositionStatus.CANCELLED, SKIPS[level])}
    assert_sound(state)


@LEVELS
@STRENGTHS
@pytest.mark.parametrize("count", [1, 60])
def test_a_halt_of_any_strength_between_reading_and_buying_is_seen(
    level: str, strength: HaltStrength, count: int
) -> None:
    harness = TradingDayHarness(market := MeddlingMarket())
    market.act = lambda: HALTS[level](strength)
    key = planned(harness, *(f"P{number:02}" for number in range(count)))

    harness.at(OPENED).enter(key, DAY)

    state = harness.state(key)
    assert {(p.status, p.skip) for p in state.positions} == {(PositionStatus.CANCELLED, SKIPS[level])}
    assert_sound(state)


@LEVELS
@STRENGTHS
def test_people_buy_while_automation_alone_is_halted_and_sell_under_every_strength(
    level: str, strength: HaltStrength
) -> None:
    harness = TradingDayHarness()
    key = harness.portfolio().key
    assert transact(key, "BUY", 1).status == 201
    HALTS[level](strength)

    bought, sold = transact(key, "BUY", 2), transact(key, "SELL", 3)

    if strength is HaltStrength.NO_NEW_ENTRIES:
        assert bought.status == 201
    else:
        assert (bought.status, bought.body["code"]) == (409, "trading_paused")
    assert sold.status == 201
    assert_sound(harness.state(key))


@LEVELS
@STRENGTHS
def test_stops_and_targets_and_the_close_go_on_under_every_strength(level: str, strength: HaltStrength) -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB", "CCC")
    harness.at(OPENED).enter(key, DAY)
    HALTS[level](strength)
    harness.market.prices.update({"AAA": Decimal(45), "BBB": Decimal(55)})
    session = harness.at(NOON)
    session.exit_hits(key, DAY, harness.market.quotes(Exchange.NASDAQ, ["AAA", "BBB", "CCC"]).values())
    harness.at(CLOSING).close(key, DAY)

    state = harness.state(key)
    assert [p.exit_reason for p in state.of(DAY)][:2] == [ExitReason.STOP_HIT, ExitReason.TARGET_HIT]
    assert state.held == ()
    assert_sound(state)


def test_the_strictest_of_several_pauses_of_a_person_holds_until_it_is_lifted() -> None:
    harness = TradingDayHarness()
    key = harness.portfolio().key
    halt_person("reduce_only")
    again = halt_person("no_new_entries")

    assert (again.body["strength"], again.body["trading_paused"]) == ("reduce_only", True)
    assert transact(key, "BUY", 1).status == 409

    lifted = call("resume_person", caller="olga", claims=OLGA, body=WHY, profile_id="ada")

    assert (lifted.body["strength"], lifted.body["trading_paused"], lifted.body["pauses"]) == (None, False, [])
    assert transact(key, "BUY", 2).status == 201


def test_a_pause_of_automation_alone_pauses_neither_money_nor_the_account() -> None:
    TradingDayHarness().portfolio()

    answer = halt_person("no_new_entries")

    assert (answer.body["strength"], answer.body["trading_paused"], answer.body["pauses"]) == (
        "no_new_entries",
        False,
        [],
    )


def test_what_holds_of_several_strengths_is_the_strictest() -> None:
    assert strictest([]) is None
    assert strictest([None, HaltStrength.NO_NEW_ENTRIES]) is HaltStrength.NO_NEW_ENTRIES
    assert strictest([HaltStrength.FLATTEN, HaltStrength.REDUCE_ONLY, None]) is HaltStrength.FLATTEN


def test_the_halt_of_everybody_shows_its_strength_until_it_is_lifted() -> None:
    assert halt_everybody("flatten").body["strength"] == "flatten"
    assert halt_everybody("no_new_entries").body["strength"] == "no_new_entries"
    shown = call("get_trading_stop", caller="olga", claims=OLGA).body
    assert (shown["strength"], shown["scope"], shown["changed_by"]) == ("no_new_entries", "trading", "olga")

    released = call("put_trading_stop", caller="olga", claims=OLGA, body={"stopped": False, **WHY})

    assert (released.body["stopped"], released.body["strength"]) == (False, None)


def test_a_halt_without_a_strength_is_one_in_which_nobody_buys() -> None:
    answer = call("put_trading_stop", caller="olga", claims=OLGA, body={"stopped": True, **WHY})

    assert answer.body["strength"] == "reduce_only"


@pytest.mark.parametrize("strength", ["", "all", None, 1])
def test_a_strength_that_there_is_not_is_refused(strength: object) -> None:
    TradingDayHarness().portfolio()
    bodies = {"put_trading_stop": {"stopped": True, **WHY}, "pause_person": WHY}
    for name, body in bodies.items():
        path = {"profile_id": "ada"} if name == "pause_person" else {}
        answer = call(name, caller="olga", claims=OLGA, body={**body, "strength": strength}, **path)
        assert answer.status == 400


def test_flatten_of_a_person_dies_anywhere_and_is_finished_when_its_event_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crashes = Crashes(monkeypatch)
    harness = TradingDayHarness()
    rehearsal = entered(harness)
    halt_person("flatten")
    service = FlattenService(DynamoSessionStore(), harness.at(NOON).restrictions, FixedClock(NOON))

    for place in range(1, crashes.count(lambda: service.obey(rehearsal, DAY)) + 1):
        call("resume_person", caller="olga", claims=OLGA, body=WHY, profile_id="ada")
        key = entered(harness)
        halt_person("flatten")
        crashes.die_at(place, lambda key=key: service.obey(key, DAY))  # type: ignore[misc]

        service.obey(key, DAY)
        harness.at(NOON).close(key, DAY)

        assert (harness.state(key).held, harness.state(key).portfolio.rail_state.flatten) == ((), None)
        assert_sound(harness.state(key))
