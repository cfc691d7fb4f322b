"""Switching automation off, deleting, and selling manually while the trading day goes on."""

from decimal import Decimal

import pytest

from tests.support.calls import call
from tests.support.quotes import quoted
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import DayTradingSettings, DueMarks, PortfolioKey, Task
from trading.automation.portfolios.positions import ExitReason, PositionStatus
from trading.automation.portfolios.service import ManualTrade, PortfolioEdit
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.ledger.models import Kind
from trading.markets.models import Exchange
from trading.platform.errors import Conflict
from trading.platform.receipts import RequestKey

pytestmark = pytest.mark.usefixtures("aws")


def planned(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    harness.recommend(*symbols, price="50")
    key = harness.portfolio(DayTradingSettings(max_recommendations=100)).key
    harness.at(PLANNED).plan(key, DAY)
    return key


def sold_manually(harness: TradingDayHarness, key: PortfolioKey, symbol: str, shares: str, number: int = 1) -> None:
    trade = ManualTrade(kind=Kind.SELL, symbol=symbol, quantity=Decimal(shares), price=Decimal("51"))
    harness.portfolios(NOON).record(key, trade, RequestKey.of("ada", "sell", f"a-key-of-16-chars{number}", {}))


@pytest.mark.parametrize("count", [2, 100])
def test_switching_off_before_the_open_cancels_every_pending_entry(count: int) -> None:
    harness = TradingDayHarness()
    key = planned(harness, *(f"P{number:03}" for number in range(count)))

    harness.portfolios().edit(key, PortfolioEdit(is_automated=False))
    harness.at(OPENED).enter(key, DAY)

    state = harness.state(key)
    assert {(p.status, p.skip) for p in state.positions} == {(PositionStatus.CANCELLED, Skip.AUTOMATION_OFF)}
    session = state.session(DAY)
    assert session is not None
    assert (session.status, session.flat, len(session.skipped)) == (SessionStatus.CLOSED, True, count)
    assert state.portfolio.due == DueMarks()
    assert_sound(state)


def test_switching_off_is_refused_while_positions_are_open_and_names_how_many() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    harness.at(OPENED).enter(key, DAY)

    with pytest.raises(Conflict, match="2 positions") as refused:
        harness.portfolios(NOON).edit(key, PortfolioEdit(is_automated=False))

    assert refused.value.code == "open_positions"
    harness.at(CLOSING).close(key, DAY)
    assert not harness.portfolios(CLOSING).edit(key, PortfolioEdit(is_automated=False)).is_automated


def test_a_position_that_waits_for_a_quote_counts_as_open() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.at(OPENED).enter(key, DAY)
    harness.market.prices.clear()
    harness.at(CLOSING).close(key, DAY)

    with pytest.raises(Conflict, match="1 positions"):
        harness.portfolios(CLOSING).edit(key, PortfolioEdit(is_automated=False))


def test_deleting_after_the_last_stop_settles_the_day_and_leaves_no_work_behind() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.at(OPENED).enter(key, DAY)
    stop = harness.position(key, "AAA").stop_price
    assert stop is not None
    harness.at(NOON).exit_hits(key, DAY, [quoted("AAA", stop, NOON)])

    harness.portfolios(NOON).delete(key)

    assert list(DynamoWorkIndex().due(Task.CLOSE, Exchange.NASDAQ, CLOSING)) == []
    assert call("get_portfolio", portfolio_id=key.portfolio_id).status == 404


def test_a_hand_sale_takes_hand_bought_shares_first_then_the_position_and_the_close_sells_the_rest() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    buy = ManualTrade(kind=Kind.BUY, symbol="AAA", quantity=Decimal(3), price=Decimal(50))
    harness.portfolios().record(key, buy, RequestKey.of("ada", "buy", "a-key-of-16-chars", {}))
    harness.at(OPENED).enter(key, DAY)
    shares = harness.position(key, "AAA").shares

    sold_manually(harness, key, "AAA", "3", 1)
    assert harness.position(key, "AAA").shares == shares

    sold_manually(harness, key, "AAA", "5", 2)
    assert harness.position(key, "AAA").shares == shares - 5
    assert_sound(harness.state(key))

    harness.at(CLOSING).close(key, DAY)
    state = harness.state(key)
    assert state.portfolio.holdings == {}
    assert_sound(state)


def test_a_position_sold_out_manually_is_closed_as_manual_and_never_sold_again() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.at(OPENED).enter(key, DAY)

    sold_manually(harness, key, "AAA", str(harness.position(key, "AAA").shares))
    harness.at(CLOSING).close(key, DAY)

    position = harness.position(key, "AAA")
    assert (position.status, position.exit_reason, position.shares) == (PositionStatus.CLOSED, ExitReason.MANUAL, 0)
    session = harness.state(key).session(DAY)
    assert session is not None
    assert (session.flat, session.pnl_cents) == (True, harness.state(key).portfolio.cash_cents - 1_000_000)
    assert_sound(harness.state(key))


def test_a_plan_that_comes_after_the_open_is_missed() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA")
    key = harness.portfolio().key

    session = harness.at(OPENED).plan(key, DAY)

    assert session is not None
    assert (session.status, session.planned) == (SessionStatus.MISSED, 0)


def test_a_day_without_signals_says_so_and_holds_nothing_up() -> None:
    harness = TradingDayHarness()
    key = harness.portfolio().key

    session = harness.at(PLANNED).plan(key, DAY)

    assert session is not None
    assert session.status is SessionStatus.NO_SIGNALS
    assert harness.state(key).portfolio.due == DueMarks()
