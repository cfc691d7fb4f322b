"""The drawdown: measured at closes, it pauses automation until the owner resumes, which makes a new peak."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.rails import SYMBOLS
from tests.support.trading_day import CLOSING, DAY, PLANNED, TradingDayHarness
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.owner_stops import OwnerStopService
from trading.automation.portfolios.positions import Change
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import Skip
from trading.automation.portfolios.snapshots import SnapshotService
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.automation.rails.models import RailName
from trading.ledger.models import Trade
from trading.markets.models import Exchange
from trading.markets.prices.models import SharedPrice
from trading.markets.service import Calendar
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock

pytestmark = pytest.mark.usefixtures("aws")


class NoCloses:
    """An exchange without data: holdings keep their price."""

    def of(self, exchange: Exchange, symbols: object, day: date) -> dict[str, SharedPrice]:
        del exchange, symbols, day
        return {}


def close(key: PortfolioKey, day: date) -> None:
    clock = FixedClock(CLOSING + (day - DAY) + timedelta(minutes=30))
    SnapshotService(DynamoPortfolioStore(), NoCloses(), Calendar(DynamoInstrumentStore()), clock).take(key, day)


def lose(harness: TradingDayHarness, key: PortfolioKey, cents: int) -> None:
    """Buy a share for that much and sell it for a cent."""
    for sells, amount in ((False, cents), (True, 1)):
        portfolio = harness.state(key).portfolio
        trade = Trade("ZZZ", Decimal(1), Decimal(amount) / 100, amount, 0)
        posting = portfolio.sold(trade, PLANNED) if sells else portfolio.bought(trade, PLANNED)
        harness.at(PLANNED).store.commit(Change(posting.portfolio, entries=(posting.entry,)))


def blocks(harness: TradingDayHarness, key: PortfolioKey) -> list[RailName]:
    return [block.rail for block in harness.state(key).portfolio.rail_state.blocks]


def test_the_first_loss_counts_and_pauses_until_the_owner_resumes() -> None:
    harness = TradingDayHarness()
    key = harness.portfolio().key
    lose(harness, key, 150_001)
    assert blocks(harness, key) == []

    close(key, DAY)

    (block,) = harness.state(key).portfolio.rail_state.blocks
    assert (block.rail, block.until, block.value) == (RailName.DRAWDOWN, None, Decimal("15.00"))
    for ahead in (1, 2):
        day = DAY + timedelta(days=ahead)
        harness.recommend(*SYMBOLS, day=day)
        session = harness.at(PLANNED + timedelta(days=ahead)).plan(key, day)
        assert session is not None
        assert {skip.reason for skip in session.skipped} == {Skip.DRAWDOWN}
        assert (session.planned, session.blocks) == (0, (block,))


def test_resuming_trades_again_and_measures_from_a_new_peak() -> None:
    harness = TradingDayHarness()
    key = harness.portfolio().key
    lose(harness, key, 200_000)
    close(key, DAY)
    tomorrow = DAY + timedelta(days=1)
    harness.recommend(*SYMBOLS, day=tomorrow)

    OwnerStopService(DynamoSessionStore(), lambda owner: (), FixedClock(PLANNED)).resume(key)

    session = harness.at(PLANNED + timedelta(days=1)).plan(key, tomorrow)
    assert session is not None
    assert session.planned > 0
    close(key, tomorrow)
    assert blocks(harness, key) == []


def test_a_gain_that_is_given_back_is_a_drawdown_though_nothing_is_lost_since_the_start() -> None:
    harness = TradingDayHarness()
    key = harness.portfolio().key
    portfolio = harness.state(key).portfolio
    bought = portfolio.bought(Trade("ZZZ", Decimal(1), Decimal(1), 100, 0), PLANNED).portfolio
    sold = bought.sold(Trade("ZZZ", Decimal(1), Decimal(10_000), 1_000_000, 0), PLANNED)
    harness.at(PLANNED).store.commit(Change(sold.portfolio))
    close(key, DAY)
    assert blocks(harness, key) == []

    lose(harness, key, 400_000)
    close(key, DAY + timedelta(days=1))

    assert blocks(harness, key) == [RailName.DRAWDOWN]
