"""A market data provider that hangs or is down for a day of trading: flat or alarmed, and flat once it is back.

Nobody waits for a price by a message: what is bought is good for ten minutes, and what is sold is found by
what is open. So nothing is deferred; the day's own jobs come again, and alarm that they could not sell.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from infra.catalogue import FUNCTIONS, consumers
from tests.fault.test_partners_away import TRADING_DAY, assert_nothing_failed
from tests.support import rights
from tests.support.absent_partners import Absence
from tests.support.calls import handler_of
from tests.support.schedules import Schedules
from tests.support.trading_day import assert_sound
from tests.support.workers import Invocation
from tests.support.world import World
from trading.automation.day_trading.messages import ExitWork, QuoteSeen
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import PortfolioState, PositionStatus
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.platform.deferrals import waiting
from trading.platform.runs import left_alone
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

DAY = date(2013, 2, 20)
BEFORE = datetime(2013, 2, 20, 14, 0, tzinfo=UTC)
SIGNALS_AT = datetime(2013, 2, 20, 13, 30, tzinfo=UTC)
SYMBOLS = ("AAPL", "IBM", "MSFT")
DELAYED, LEFT_OPEN = '"type":"close_delayed"', '"PositionsLeftOpen"'


@pytest.fixture
def portfolio(world: World) -> PortfolioKey:
    """Return a portfolio that trades by itself, half an hour before an open, with three symbols to buy."""
    items = tuple(Recommendation(s, Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(100)) for s in SYMBOLS)
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "pinned", items))
    for symbol in SYMBOLS:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    world.market.pin(dict.fromkeys(SYMBOLS, Decimal(100)))
    body = {"name": "day", "exchange": 2, "is_automated": True}
    made = world.call("create_portfolio", body=body)
    assert made.status == 201, made.body
    world.pass_to(BEFORE)
    return PortfolioKey("ada", made.body["id"])


def state_of(key: PortfolioKey) -> PortfolioState:
    state = DynamoSessionStore().load(key, DAY)
    assert state is not None
    return state


def test_the_queues_of_the_trading_day_are_those_that_call_the_market() -> None:
    assert {consumer.queue for _, consumer in consumers() if "market-data" in consumer.calls} == (
        TRADING_DAY | {"corporate-actions", "backtest-runs"}
    )


@pytest.mark.parametrize(("minutes", "is_planned"), [(0, True), (2, True), (20, True), (44, True), (60, False)])
def test_signals_are_tried_for_until_the_plan_and_then_alarm(
    world: World, capsys: pytest.CaptureFixture[str], minutes: int, is_planned: bool
) -> None:
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    assert world.call("create_portfolio", body={"name": "d", "exchange": 2, "is_automated": True}).status == 201
    world.partners.away["market-data"] = Absence.UNREACHABLE
    for minute in range(46):
        if minute == minutes:
            world.partners.away.clear()
        world.pass_to(SIGNALS_AT + timedelta(minutes=minute))
        build_signals(minute)

    assert (DynamoSignalStore().version(Exchange.NASDAQ, DAY) is not None) == is_planned
    assert ('"SignalsUnavailable"' in capsys.readouterr().out) != is_planned
    assert list(left_alone()) == []
    assert_nothing_failed(world)


def build_signals(minute: int) -> None:
    """Fire the job at its hour, and have its run taken up each minute after, as `resume_runs` does."""
    row = next(row for row in FUNCTIONS if row.name == "build_signals")
    events = [{"scheduled_at": SIGNALS_AT.isoformat()}] if minute == 0 else []
    events += [{"scheduled_at": run.scheduled_at.isoformat(), "continues": True} for run in left_alone()]
    for event in events:
        with rights.only_granted(row):
            handler_of("build_signals").lambda_handler(event, Invocation.of(row))


@pytest.mark.parametrize("absence", Absence)
def test_what_could_not_be_bought_in_time_is_given_up_and_flat(
    world: World, portfolio: PortfolioKey, absence: Absence
) -> None:
    world.partners.away["market-data"] = absence

    schedules = Schedules(world)
    schedules.pass_by(timedelta(hours=24))
    world.partners.away.clear()

    session = state_of(portfolio).session(DAY)
    assert world.partners.asked["market-data"] > 0
    assert schedules.failed == []
    assert session is not None
    assert (session.opened, session.flat, state_of(portfolio).held) == (0, True, ())
    assert {skipped.reason for skipped in session.skipped} == {Skip.NO_QUOTE}
    assert waiting() == ({}, None)
    assert_nothing_failed(world)
    assert_sound(state_of(portfolio))


@pytest.mark.parametrize("absence", Absence)
def test_what_could_not_be_sold_is_alarmed_and_sold_once_when_the_market_is_back(
    world: World, portfolio: PortfolioKey, absence: Absence, capsys: pytest.CaptureFixture[str]
) -> None:
    schedules = Schedules(world)
    schedules.pass_by(timedelta(hours=1))
    assert len(state_of(portfolio).held) == len(SYMBOLS)
    seen = QuoteSeen(exchange=Exchange.NASDAQ, symbol="IBM", bid=Decimal(110), ask=Decimal(110), at=world.now)
    hit = ExitWork.of(portfolio, DAY, good_until=world.now + timedelta(hours=5), quotes=[seen])
    world.put("position-exits", hit.model_dump_json())
    world.partners.away["market-data"] = absence
    world.work_off()

    schedules.pass_by(timedelta(hours=24))

    assert schedules.failed == []
    printed = capsys.readouterr().out
    left = {position.symbol for position in state_of(portfolio).held}
    assert left == {"AAPL", "MSFT"}, "one was sold on the quote that came before"
    assert (DELAYED in printed, LEFT_OPEN in printed) == (True, True)
    assert set(world.workers.taken) >= TRADING_DAY
    world.partners.away.clear()
    schedules.pass_by(timedelta(hours=2))
    state = state_of(portfolio)
    session = state.session(DAY)
    assert session is not None
    assert (session.status, session.flat, state.held) == (SessionStatus.CLOSED, True, ())
    assert {position.status for position in state.positions} == {PositionStatus.CLOSED}
    assert waiting() == ({}, None)
    assert_nothing_failed(world)
    assert_sound(state)
