"""The daily loss: open positions counted, latched, everything cancelled and sold, and proven."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.quotes import quoted
from tests.support.rails import SYMBOLS, due_to_close, entered
from tests.support.trading_day import DAY, NOON, OPENED, PLANNED, TradingDayBench, assert_sound
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Change, ExitReason, PositionStatus
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.automation.rails.models import RailName
from trading.markets.models import Quote

pytestmark = pytest.mark.usefixtures("aws")

FALLEN = "94"
"""Under the entries at 100 far enough for a loss of 3 %, and not by a stop at 97: stops have been set aside."""


def fallen(bench: TradingDayBench, price: str = FALLEN, *symbols: str) -> list[Quote]:
    bench.market.prices |= dict.fromkeys(symbols or SYMBOLS, Decimal(price))
    return [quoted(symbol, price, NOON) for symbol in symbols or SYMBOLS]


def stop(bench: TradingDayBench, key: PortfolioKey, quotes: list[Quote]) -> bool:
    return bench.at(NOON).stop_losses(key, DAY, quotes)


def test_losses_that_are_not_realised_yet_block_and_have_everything_sold() -> None:
    bench = TradingDayBench()
    key = entered(bench)

    assert stop(bench, key, fallen(bench))

    state = bench.state(key)
    (block,) = state.portfolio.rail_state.blocks
    assert (block.rail, block.scope, block.limit) == (RailName.DAILY_LOSS, "portfolio", Decimal("3.0"))
    assert block.value is not None
    assert block.value >= 3
    session = state.session(DAY)
    assert session is not None
    assert session.blocks == (block,)
    assert due_to_close(bench, NOON) == [key]

    bench.at(NOON).close(key, DAY)

    state = bench.state(key)
    assert state.held == ()
    assert {position.exit_reason for position in state.positions} == {ExitReason.DAILY_LOSS}
    session = state.session(DAY)
    assert session is not None
    assert (session.status, session.flat, session.blocks) == (SessionStatus.CLOSED, True, (block,))
    assert state.portfolio.rail_state.flatten is None
    assert due_to_close(bench, NOON + timedelta(minutes=1)) == []
    assert_sound(state)


def test_a_loss_under_the_limit_changes_nothing() -> None:
    bench = TradingDayBench()
    key = entered(bench)

    assert not stop(bench, key, fallen(bench, "99"))

    assert bench.state(key).portfolio.rail_state.blocks == ()
    assert due_to_close(bench, NOON) == []


def test_once_reached_it_stays_so_whatever_prices_do() -> None:
    bench = TradingDayBench()
    key = entered(bench)
    stop(bench, key, fallen(bench))
    (block,) = bench.state(key).portfolio.rail_state.blocks

    assert not stop(bench, key, fallen(bench, "120"))
    bench.at(NOON).close(key, DAY)

    state = bench.state(key)
    assert state.held == ()
    assert state.portfolio.rail_state.blocks == (block,)


def test_a_price_that_is_missing_or_none_does_not_disable_the_limit() -> None:
    bench = TradingDayBench()
    key = entered(bench)
    quotes = fallen(bench, "85", "AAA", "BBB", "CCC")

    assert stop(bench, key, [*quotes, quoted("DDD", "NaN", NOON)])

    (block,) = bench.state(key).portfolio.rail_state.blocks
    assert block.stale == ("DDD",)


def test_what_cannot_be_sold_yet_stays_due_each_minute_until_it_is() -> None:
    bench = TradingDayBench()
    key = entered(bench)
    stop(bench, key, fallen(bench))
    del bench.market.prices["AAA"]

    bench.at(NOON).close(key, DAY)

    assert [position.symbol for position in bench.state(key).held] == ["AAA"]
    assert bench.state(key).portfolio.rail_state.flatten is not None
    assert due_to_close(bench, NOON + timedelta(minutes=1)) == [key]
    bench.market.prices["AAA"] = Decimal(93)
    bench.at(NOON + timedelta(minutes=1)).close(key, DAY)
    state = bench.state(key)
    assert state.held == ()
    assert state.portfolio.rail_state.flatten is None
    assert bench.position(key, "AAA").exit_reason is ExitReason.DAILY_LOSS
    assert_sound(state)


def test_entries_that_wait_are_cancelled_with_the_flatten() -> None:
    bench = TradingDayBench()
    bench.recommend(*SYMBOLS)
    del bench.market.prices["DDD"]
    key = entered_without_quotes_of_one(bench)

    stop_at = OPENED + timedelta(minutes=2)
    quotes = [replace(quote, at=stop_at) for quote in fallen(bench, "85", "AAA", "BBB", "CCC")]
    assert bench.at(stop_at).stop_losses(key, DAY, quotes)
    bench.market.prices["DDD"] = Decimal(100)
    bench.at(stop_at).enter(key, DAY)

    position = bench.position(key, "DDD")
    assert (position.status, position.skip) == (PositionStatus.CANCELLED, Skip.DAILY_LOSS)
    assert_sound(bench.state(key))


def entered_without_quotes_of_one(bench: TradingDayBench) -> PortfolioKey:
    key = bench.portfolio().key
    bench.at(PLANNED).plan(key, DAY)
    bench.at(OPENED).enter(key, DAY)
    assert bench.position(key, "DDD").status is PositionStatus.PENDING
    return key


def test_the_next_session_trades_again() -> None:
    bench = TradingDayBench()
    key = entered(bench)
    stop(bench, key, fallen(bench))
    bench.at(NOON).close(key, DAY)
    tomorrow = DAY + timedelta(days=1)
    bench.recommend(*SYMBOLS, day=tomorrow)

    session = bench.at(PLANNED + timedelta(days=1)).plan(key, tomorrow)

    assert session is not None
    assert session.planned > 0


def test_a_deposit_hides_no_loss_and_a_withdrawal_is_none() -> None:
    bench = TradingDayBench()
    lost, kept = entered(bench), entered(bench, "AAA")
    for key, cents in ((lost, 500_000), (kept, -200_000)):
        portfolio = bench.state(key).portfolio
        posting = portfolio.deposited(cents, NOON) if cents > 0 else portfolio.withdrawn(-cents, NOON)
        bench.at(NOON).store.commit(Change(posting.portfolio, entries=(posting.entry,)))

    assert not stop(bench, kept, fallen(bench, "99"))
    assert stop(bench, lost, fallen(bench))
