"""Snapshots that come a day late: after a later day's close, after a split, after newer prices."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.trading_day import CLOSING, DAY, PLANNED, TradingDayHarness
from trading.automation.portfolios.models import Holding, PortfolioKey
from trading.automation.portfolios.positions import Change
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.snapshots import SnapshotService
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.ledger.models import Trade
from trading.markets.models import Exchange, Price
from trading.markets.prices.models import Close, SharedPrice
from trading.markets.service import Calendar
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock

pytestmark = pytest.mark.usefixtures("aws")

NEXT = DAY + timedelta(days=1)
MIDNIGHT = datetime(2013, 2, 20, 5, tzinfo=UTC)


@dataclass
class ClosesOf:
    """The closes of AAA by day, and what it was worth last."""

    by_day: Mapping[date, str]
    price: Price | None = None

    def of(self, exchange: Exchange, symbols: Collection[str], day: date) -> Mapping[str, SharedPrice]:
        close = Close(day, Decimal(self.by_day[day])) if day in self.by_day else None
        return {symbol: SharedPrice((exchange, symbol), price=self.price, official_close=close) for symbol in symbols}


def holding(harness: TradingDayHarness, shares: int = 100) -> PortfolioKey:
    """Have a portfolio hold shares of AAA that were bought manually at 100."""
    key = harness.portfolio().key
    posting = harness.state(key).portfolio.bought(
        Trade("AAA", Decimal(shares), Decimal(100), shares * 10_000, 0), PLANNED
    )
    DynamoSessionStore().commit(Change(posting.portfolio, entries=(posting.entry,)))
    return key


def take(key: PortfolioKey, day: date, closes: ClosesOf, *, late: timedelta = timedelta(minutes=35)) -> int | None:
    clock = FixedClock(CLOSING + (day - DAY) + late)
    service = SnapshotService(DynamoPortfolioStore(), closes, Calendar(DynamoInstrumentStore()), clock)
    snapshot = service.take(key, day)
    return snapshot.total_value_cents if snapshot else None


def split(key: PortfolioKey) -> None:
    """Have two shares made of each at midnight, as the corporate action does."""
    portfolio = DynamoPortfolioStore().find(key)
    assert portfolio is not None
    old = portfolio.holdings["AAA"]
    new: Holding = replace(old, quantity=old.quantity * 2, last_price=old.last_price / 2, adjusted_at=MIDNIGHT)
    DynamoSessionStore().commit(Change(replace(portfolio, holdings={"AAA": new})))


def test_a_snapshot_after_a_later_days_moves_neither_the_peak_nor_the_price() -> None:
    harness = TradingDayHarness()
    key = holding(harness)
    closes = ClosesOf({DAY: "120", NEXT: "90"})
    take(key, NEXT, closes)
    before = harness.state(key).portfolio

    assert take(key, DAY, closes, late=timedelta(days=1, hours=1)) == 1_200_000

    after = harness.state(key).portfolio
    assert (after.holdings, after.rail_state) == (before.holdings, before.rail_state)


def test_a_close_of_before_a_split_is_no_price_of_the_shares_after_it() -> None:
    harness = TradingDayHarness()
    key = holding(harness)
    split(key)

    assert take(key, DAY, ClosesOf({DAY: "100"}), late=timedelta(hours=20)) == 1_000_000

    assert harness.state(key).portfolio.holdings["AAA"].last_price == 50


def test_a_price_of_before_a_split_stands_in_for_no_close_that_is_missing() -> None:
    harness = TradingDayHarness()
    key = holding(harness)
    split(key)
    last = ClosesOf({}, Price(Decimal(100), CLOSING))

    assert take(key, DAY, last, late=timedelta(hours=20)) == 1_000_000
