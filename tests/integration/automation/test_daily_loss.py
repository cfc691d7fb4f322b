"""The daily loss: open positions counted, latched, everything cancelled and sold, and proven."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.quotes import quoted
from tests.support.rails import SYMBOLS, due_to_close, entered
from tests.support.trading_day import DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Change, ExitReason, PositionStatus
from trading.automation.portfolios.service import ManualTrade
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.automation.rails.models import RailName
from trading.ledger.models import Kind
from trading.markets.models import Quote
from trading.platform.receipts import RequestKey

pytestmark = pytest.mark.usefixtures("aws")

FALLEN = "94"
"""Under the entries at 100 far enough for a loss of 3 %, and not by a stop at 97: stops have been set aside."""


def fallen(harness: TradingDayHarness, price: str = FALLEN, *symbols: str) -> list[Quote]:
    harness.market.prices |= dict.fromkeys(symbols or SYMBOLS, Decimal(price))
    return [quoted(symbol, price, NOON) for symbol in symbols or SYMBOLS]


def stop(harness: TradingDayHarness, key: PortfolioKey, quotes: list[Quote]) -> bool:
    return harness.at(NOON).stop_losses(key, DAY, quotes)


def test_losses_that_are_not_realised_yet_block_and_have_everything_sold() -> None:
    harness = TradingDayHarness()
    key = entered(harness)

    assert stop(harness, key, fallen(harness))

    state = harness.state(key)
    (block,) = state.portfolio.rail_state.blocks
    assert (block.rail, block.scope, block.limit) == (RailName.DAILY_LOSS, "portfolio", Decimal("3.0"))
    assert block.value is not None
    assert block.value >= 3
    session = state.session(DAY)
    assert session is not None
    assert session.blocks == (block,)
    assert due_to_close(harness, NOON) == [key]

    harness.at(NOON).close(key, DAY)

    state = harness.state(key)
    assert state.held == ()
    assert {position.exit_reason for position in state.positions} == {ExitReason.DAILY_LOSS}
    session = state.session(DAY)
    assert session is not None
    assert (session.status, session.flat, session.blocks) == (SessionStatus.CLOSED, True, (block,))
    assert state.portfolio.rail_state.flatten is None
    assert due_to_close(harness, NOON + timedelta(minutes=1)) == []
    assert_sound(state)


def test_a_loss_under_the_limit_changes_nothing() -> None:
    harness = TradingDayHarness()
    key = entered(harness)

    assert not stop(harness, key, fallen(harness, "99"))

    assert harness.state(key).portfolio.rail_state.blocks == ()
    assert due_to_close(harness, NOON) == []


def test_once_reached_it_stays_so_whatever_prices_do() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    stop(harness, key, fallen(harness))
    (block,) = harness.state(key).portfolio.rail_state.blocks

    assert not stop(harness, key, fallen(harness, "120"))
    harness.at(NOON).close(key, DAY)

    state = harness.state(key)
    assert state.held == ()
    assert state.portfolio.rail_state.blocks == (block,)


def test_a_price_that_is_missing_or_none_does_not_disable_the_limit() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    quotes = fallen(harness, "85", "AAA", "BBB", "CCC")

    assert stop(harness, key, [*quotes, quoted("DDD", "NaN", NOON)])

    (block,) = harness.state(key).portfolio.rail_state.blocks
    assert block.stale == ("DDD",)


def test_what_cannot_be_sold_yet_stays_due_each_minute_until_it_is() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    stop(harness, key, fallen(harness))
    del harness.market.prices["AAA"]

    harness.at(NOON).close(key, DAY)

    assert [position.symbol for position in harness.state(key).held] == ["AAA"]
    assert harness.state(key).portfolio.rail_state.flatten is not None
    assert due_to_close(harness, NOON + timedelta(minutes=1)) == [key]
    harness.market.prices["AAA"] = Decimal(93)
    harness.at(NOON + timedelta(minutes=1)).close(key, DAY)
    state = harness.state(key)
    assert state.held == ()
    assert state.portfolio.rail_state.flatten is None
    assert harness.position(key, "AAA").exit_reason is ExitReason.DAILY_LOSS
    assert_sound(state)


def test_entries_that_wait_are_cancelled_with_the_flatten() -> None:
    harness = TradingDayHarness()
    harness.recommend(*SYMBOLS)
    del harness.market.prices["DDD"]
    key = entered_without_quotes_of_one(harness)

    stop_at = OPENED + timedelta(minutes=2)
    quotes = [replace(quote, at=stop_at) for quote in fallen(harness, "85", "AAA", "BBB", "CCC")]
    assert harness.at(stop_at).stop_losses(key, DAY, quotes)
    harness.market.prices["DDD"] = Decimal(100)
    harness.at(stop_at).enter(key, DAY)

    position = harness.position(key, "DDD")
    assert (position.status, position.skip) == (PositionStatus.CANCELLED, Skip.DAILY_LOSS)
    assert_sound(harness.state(key))


def entered_without_quotes_of_one(harness: TradingDayHarness) -> PortfolioKey:
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)
    assert harness.position(key, "DDD").status is PositionStatus.PENDING
    return key


def test_the_next_session_trades_again() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    stop(harness, key, fallen(harness))
    harness.at(NOON).close(key, DAY)
    tomorrow = DAY + timedelta(days=1)
    harness.recommend(*SYMBOLS, day=tomorrow)

    session = harness.at(PLANNED + timedelta(days=1)).plan(key, tomorrow)

    assert session is not None
    assert session.planned > 0


def test_a_deposit_hides_no_loss_and_a_withdrawal_is_none() -> None:
    harness = TradingDayHarness()
    lost, kept = entered(harness), entered(harness, "AAA")
    for key, cents in ((lost, 500_000), (kept, -200_000)):
        portfolio = harness.state(key).portfolio
        posting = portfolio.deposited(cents, NOON) if cents > 0 else portfolio.withdrawn(-cents, NOON)
        harness.at(NOON).store.commit(Change(posting.portfolio, entries=(posting.entry,)))

    assert not stop(harness, kept, fallen(harness, "99"))
    assert stop(harness, lost, fallen(harness))


@pytest.mark.parametrize("kind", [Kind.BUY, Kind.SELL])
def test_a_price_that_the_owner_gave_makes_no_loss_of_what_day_trading_holds(kind: Kind) -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    typo = ManualTrade(kind=kind, symbol="AAA", quantity=Decimal(1), price=Decimal(60))
    harness.portfolios(NOON).record(key, typo, RequestKey.of("ada", "typo", "a-key-of-16-chars", {}))

    assert not stop(harness, key, fallen(harness, "100", "BBB", "CCC", "DDD"))

    assert harness.state(key).portfolio.rail_state.blocks == ()
    assert_sound(harness.state(key))
