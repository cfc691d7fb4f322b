"""Orders to sell everything: what they keep from being bought, who lifts them, and what they hide from no rail."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.crashes import Crashes
from tests.support.quotes import quoted
from tests.support.rails import BOLD, SYMBOLS, due_to_close, entered, job
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.day_trading.flattening import FlattenService
from trading.automation.day_trading.messages import ExitWork, SessionWork
from trading.automation.day_trading.store import DynamoBuyRestrictions, DynamoWorkIndex
from trading.automation.portfolios.halt_rows import load_halts
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.owner_stops import OwnerStopService
from trading.automation.portfolios.positions import ExitReason, PositionStatus
from trading.automation.portfolios.service import PortfolioEdit
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import Skip
from trading.brokerage.halt_rows import load_trading_halt, write_trading_halt
from trading.brokerage.halts import HaltStrength
from trading.markets.models import Exchange
from trading.operators.halts import TradingHaltService
from trading.platform.audit import Audit
from trading.platform.clock import FixedClock

pytestmark = pytest.mark.usefixtures("aws")

A_DAY = timedelta(days=1)


def stops() -> OwnerStopService:
    return OwnerStopService(DynamoSessionStore(), load_halts, FixedClock(NOON))


def halt_everybody(strength: HaltStrength | None) -> None:
    halts = TradingHaltService(load_trading_halt, write_trading_halt, FixedClock(OPENED))
    audit = Audit("olga", "a call from the bank")
    halts.set(stopped=strength is not None, audit=audit, strength=strength or HaltStrength.FLATTEN)


def half_entered(harness: TradingDayHarness) -> PortfolioKey:
    """Have a portfolio enter three positions, while the fourth waits for a price."""
    harness.recommend(*SYMBOLS)
    key = harness.portfolio(BOLD).key
    harness.at(PLANNED).plan(key, DAY)
    del harness.market.prices["DDD"]
    harness.at(OPENED).enter(key, DAY)
    harness.market.prices["DDD"] = Decimal(100)
    return key


def test_an_order_that_an_earlier_day_left_hides_no_loss_of_today() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    harness.at(NOON).stop_losses(key, DAY, [quoted(symbol, "94", NOON) for symbol in SYMBOLS])
    del harness.market.prices["AAA"]
    harness.at(NOON).close(key, DAY)
    tomorrow = DAY + A_DAY
    harness.recommend("BBB", "CCC", "DDD", day=tomorrow)
    limit = PortfolioEdit(rails={"daily_loss_percent": Decimal("0.5")})
    harness.portfolios(PLANNED + A_DAY).edit(key, limit)
    harness.at(PLANNED + A_DAY).plan(key, tomorrow)
    harness.at(OPENED + A_DAY).enter(key, tomorrow)
    harness.market.prices |= dict.fromkeys(("BBB", "CCC", "DDD"), Decimal("97.5"))
    sent: list[tuple[str, ExitWork | SessionWork]] = []

    job(harness, NOON + A_DAY, sent).monitor(NOON + A_DAY)
    for _, work in sent:
        assert isinstance(work, ExitWork)
        harness.at(NOON + A_DAY).exit(work)

    state = DynamoSessionStore().load(key, tomorrow)
    assert state is not None
    assert {position.exit_reason for position in state.of(tomorrow)} == {ExitReason.DAILY_LOSS}
    assert_sound(state)


def test_nothing_is_entered_while_an_order_to_sell_stands_though_the_halt_was_lifted() -> None:
    harness = TradingDayHarness()
    key = half_entered(harness)
    soon = OPENED + timedelta(minutes=2)
    halt_everybody(HaltStrength.FLATTEN)
    FlattenService(DynamoSessionStore(), DynamoBuyRestrictions(), FixedClock(soon)).obey_everybodys(key, DAY)
    halt_everybody(None)

    harness.at(soon).enter(key, DAY)

    waiting = harness.position(key, "DDD")
    assert (waiting.status, waiting.skip) == (PositionStatus.CANCELLED, Skip.KILL_SWITCH)
    harness.at(soon).close(key, DAY)
    assert harness.state(key).held == ()
    assert_sound(harness.state(key))


def test_an_owner_who_resumes_keeps_no_position_that_the_days_loss_had_sold() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    stops().stop(key, HaltStrength.FLATTEN)
    fallen = [quoted(symbol, "94", NOON) for symbol in ("AAA", "BBB", "CCC")]
    assert harness.at(NOON).exit_hits(key, DAY, fallen) == len(fallen)
    assert harness.at(NOON).stop_losses(key, DAY, [])

    stops().resume(key)

    assert due_to_close(harness, NOON) == [key]
    harness.at(NOON).close(key, DAY)
    assert harness.position(key, "DDD").exit_reason is ExitReason.DAILY_LOSS
    assert_sound(harness.state(key))


def test_a_portfolio_that_is_deleted_before_the_proof_is_due_no_more() -> None:
    harness = TradingDayHarness()
    key = half_entered(harness)
    stops().stop(key, HaltStrength.FLATTEN)
    for position in harness.state(key).held:
        harness.at(NOON).exit_hits(key, DAY, [quoted(position.symbol, "96", NOON)])

    harness.portfolios(NOON).delete(key)

    assert due_to_close(harness, NOON + timedelta(minutes=1)) == []


def test_a_portfolio_that_is_flat_is_watched_by_no_pass_any_more() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    watched = [found for found, _ in DynamoWorkIndex().exposed(Exchange.NASDAQ)]
    stops().stop(key, HaltStrength.FLATTEN)
    ordered = [found for found, _ in DynamoWorkIndex().exposed(Exchange.NASDAQ)]
    stops().resume(key)
    resumed = [found for found, _ in DynamoWorkIndex().exposed(Exchange.NASDAQ)]

    harness.at(CLOSING).close(key, DAY)

    assert (watched, ordered, resumed) == ([key], [], [key])
    assert list(DynamoWorkIndex().exposed(Exchange.NASDAQ)) == []


def test_an_entry_that_died_anywhere_beside_an_order_to_sell_buys_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    harness = TradingDayHarness()
    soon = OPENED + timedelta(minutes=2)

    def ordered() -> PortfolioKey:
        key = half_entered(harness)
        halt_everybody(HaltStrength.FLATTEN)
        FlattenService(DynamoSessionStore(), DynamoBuyRestrictions(), FixedClock(soon)).obey_everybodys(key, DAY)
        halt_everybody(None)
        return key

    def enter_and_close(key: PortfolioKey) -> None:
        harness.at(soon).enter(key, DAY)
        harness.at(soon).close(key, DAY)

    rehearsal = ordered()
    for place in range(1, crashes.count(lambda: enter_and_close(rehearsal)) + 1):
        key = ordered()
        crashes.die_at(place, lambda key=key: enter_and_close(key))  # type: ignore[misc]
        harness.at(soon).close(key, DAY)
        harness.at(soon).enter(key, DAY)
        state = harness.state(key)
        session = state.session(DAY)
        assert session is not None
        assert (state.held, session.flat, session.opened) == ((), True, 3)
        assert state.portfolio.rail_state.flatten is None
        assert_sound(state)
