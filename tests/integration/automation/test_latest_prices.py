"""Shared prices in DynamoDB, what people see of them, and snapshots at the official close."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.prices import FakeProvider
from tests.support.trading_day import DAY, NOON, OPENED, TradingDayHarness
from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.service import ManualTrade
from trading.automation.portfolios.snapshots import SnapshotService
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.automation.portfolios.summary import summarise
from trading.automation.portfolios.valuation import Valuation
from trading.ledger.models import Kind
from trading.markets.models import Exchange, Instrument, Price, TradingDay
from trading.markets.prices.models import READER, WORKER, Close, FeedName, Listing, SharedPrice
from trading.markets.prices.service import LatestPrices, OfficialCloses, PriceCache
from trading.markets.prices.store import DynamoPriceRows
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock
from trading.platform.errors import Unavailable
from trading.platform.receipts import RequestKey

pytestmark = pytest.mark.usefixtures("aws")

CLOSED_AT = datetime(2013, 2, 19, 21, 0, tzinfo=UTC)
AAPL: Listing = (Exchange.NASDAQ, "AAPL")
COVERED = frozenset({Exchange.NASDAQ, Exchange.NYSE})
MINUTE = NOON.replace(second=0)


def reader(provider: FakeProvider, now: datetime = NOON) -> LatestPrices:
    return LatestPrices(PriceCache(DynamoPriceRows(), READER, now), lambda: provider, COVERED, Decimal("0.02"))


@dataclass(frozen=True)
class EarlyClose:
    """A calendar on which every session closes at one moment."""

    closes_at: datetime

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        return TradingDay(exchange, day, OPENED, self.closes_at)


def snapshots(provider: FakeProvider, now: datetime, closes_at: datetime = CLOSED_AT) -> SnapshotService:
    closes = OfficialCloses(PriceCache(DynamoPriceRows(), WORKER, now), lambda: provider, COVERED)
    return SnapshotService(DynamoPortfolioStore(), closes, EarlyClose(closes_at), FixedClock(now))


def holding(exchange: Exchange = Exchange.NASDAQ, symbol: str = "AAPL", price: str = "90") -> Portfolio:
    """Return a portfolio that bought ten shares manually at noon."""
    harness = TradingDayHarness()
    DynamoInstrumentStore().save(Instrument(symbol, exchange))
    key = harness.portfolio(exchange=exchange, is_automated=False).key
    trade = ManualTrade(kind=Kind.BUY, symbol=symbol, quantity=Decimal(10), price=Decimal(price))
    harness.portfolios(NOON).record(key, trade, RequestKey("ada", "trade", f"key-{key.portfolio_id}", "digest"))
    return harness.state(key).portfolio


def test_a_storm_of_readers_makes_one_request_for_a_symbol(one_request_at_a_time: None) -> None:
    provider = FakeProvider()
    symbols = [(Exchange.NASDAQ, f"S{number}") for number in range(4)]
    for _, symbol in symbols:
        provider.quote(symbol, "100", NOON)

    def read(_: int) -> int:
        return len(reader(provider).of(symbols))

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(read, range(36)))

    assert set(found) == {4}
    assert set(provider.times_asked.values()) == {1}


def test_a_claim_is_one_callers_until_the_next_minute_or_taken_over_after_its_lease() -> None:
    wall = [1000]
    rows = DynamoPriceRows(lambda: wall[0])

    def claimed(minute: datetime, *, takes_over: bool = False) -> bool:
        return rows.claim(AAPL, FeedName.QUOTES, minute, lease_seconds=3, takes_over=takes_over)

    assert [claimed(MINUTE), claimed(MINUTE), claimed(MINUTE, takes_over=True)] == [True, False, False]
    wall[0] += 4
    assert [claimed(MINUTE), claimed(MINUTE, takes_over=True)] == [False, True]
    rows.save(SharedPrice(AAPL).answered(FeedName.QUOTES, MINUTE), FeedName.QUOTES)
    wall[0] += 4
    assert [claimed(MINUTE, takes_over=True), claimed(MINUTE + timedelta(minutes=1))] == [False, True]


def test_an_answer_that_comes_late_leaves_a_newer_one() -> None:
    rows = DynamoPriceRows()
    for minutes, amount in ((1, 101), (0, 100)):
        at = MINUTE + timedelta(minutes=minutes)
        price = SharedPrice(AAPL, price=Price(Decimal(amount), at), priced_at=at)
        rows.save(price.answered(FeedName.QUOTES, at), FeedName.QUOTES)

    kept = rows.read([AAPL])[AAPL]

    assert kept.price == Price(Decimal(101), MINUTE + timedelta(minutes=1))
    assert kept.was_asked(FeedName.QUOTES, MINUTE + timedelta(minutes=1))


def test_what_people_see_is_at_the_latest_price_and_nothing_of_it_is_written_to_their_records() -> None:
    portfolio, provider = holding(), FakeProvider()
    provider.quote("AAPL", "100", NOON)

    (valued,) = Valuation(reader(provider)).of_all([portfolio])
    summary = summarise(DynamoPortfolioStore(), Valuation(reader(provider)), "ada", NOON)

    assert (valued.value_cents, valued.gain_cents, valued.price_at) == (1_010_000, 10_000, NOON)
    assert summary.totals["USD"].value_cents == 1_010_000
    assert DynamoPortfolioStore().find(portfolio.key) == portfolio


def test_a_symbol_abroad_keeps_the_price_given_by_its_owner() -> None:
    portfolio, provider = holding(Exchange.TSE, "T", "20"), FakeProvider()
    provider.quote("T", "30", NOON)

    (valued,) = Valuation(reader(provider)).of_all([portfolio])

    assert (valued.holdings["T"].last_price, valued.price_at) == (Decimal(20), NOON)


def test_a_price_that_is_no_longer_current_gives_way_to_a_newer_one_given_by_its_owner() -> None:
    provider = FakeProvider()
    provider.quote("AAPL", "100", NOON - timedelta(hours=1))
    reader(provider, NOON - timedelta(hours=1)).of([AAPL])
    provider.fails_with = Unavailable("away")

    (valued,) = Valuation(reader(provider)).of_all([holding(price="90")])

    assert valued.holdings["AAPL"].last_price == 90


def test_a_close_of_before_a_split_is_no_price_of_the_shares_after_it() -> None:
    morning = CLOSED_AT + timedelta(hours=16)
    provider = FakeProvider(closed={AAPL: Close(DAY, Decimal(90))})
    split = replace(holding(price="90").holdings["AAPL"], quantity=Decimal(100), last_price=Decimal(9))

    before = replace(holding(), holdings={"AAPL": replace(split, adjusted_at=morning)})
    (valued,) = Valuation(reader(provider, morning + timedelta(minutes=1))).of_all([before])

    assert valued.holdings_value_cents == 90_000


def test_a_snapshot_is_at_the_official_close() -> None:
    portfolio, provider = holding(), FakeProvider()
    provider.quote("AAPL", "150", CLOSED_AT)
    provider.closed[AAPL] = Close(DAY, Decimal("101.5"))

    taken = snapshots(provider, CLOSED_AT + timedelta(seconds=5)).take(portfolio.key, DAY)

    assert taken is not None
    assert (taken.total_value_cents, taken.missing_closes) == (1_011_500, ())
    assert [(price.price, price.price_at) for price in taken.prices] == [(Decimal("101.5"), CLOSED_AT)]


def test_a_snapshot_of_a_day_that_was_cut_short_is_at_its_early_close() -> None:
    portfolio, provider, closed_at = holding(), FakeProvider(), NOON + timedelta(hours=1)

    with pytest.raises(Unavailable, match="official close"):
        snapshots(provider, closed_at, closed_at).take(portfolio.key, DAY)
    provider.closed[AAPL] = Close(DAY, Decimal(101))
    taken = snapshots(provider, closed_at + timedelta(minutes=1), closed_at).take(portfolio.key, DAY)

    assert taken is not None
    assert [price.price_at for price in taken.prices] == [closed_at]


def test_portfolios_with_the_same_shares_ask_for_one_close() -> None:
    provider = FakeProvider(closed={AAPL: Close(DAY, Decimal(101))})

    for portfolio in [holding() for _ in range(12)]:
        assert snapshots(provider, CLOSED_AT).take(portfolio.key, DAY)

    assert provider.times_asked == {AAPL: 1}


def test_a_late_snapshot_waits_for_the_bar_and_is_taken_when_it_is_there() -> None:
    portfolio, provider = holding(), FakeProvider()

    for minutes in (0, 1, 29):
        with pytest.raises(Unavailable, match="official close"):
            snapshots(provider, CLOSED_AT + timedelta(minutes=minutes)).take(portfolio.key, DAY)
    provider.closed[AAPL] = Close(DAY, Decimal(101))
    taken = snapshots(provider, CLOSED_AT + timedelta(minutes=30)).take(portfolio.key, DAY)

    assert taken is not None
    assert (taken.total_value_cents, taken.missing_closes) == (1_011_000, ())


def test_a_snapshot_whose_bar_never_comes_says_so_and_counts_the_last_price() -> None:
    portfolio, provider = holding(), FakeProvider()
    yesterdays = SharedPrice(AAPL, official_close=Close(DAY - timedelta(days=1), Decimal(80)))
    yesterday = CLOSED_AT - timedelta(days=1)
    DynamoPriceRows().save(yesterdays.answered(FeedName.OFFICIAL_CLOSES, yesterday), FeedName.OFFICIAL_CLOSES)

    taken = snapshots(provider, CLOSED_AT + timedelta(minutes=31)).take(portfolio.key, DAY)

    assert taken is not None
    assert (taken.total_value_cents, taken.missing_closes) == (1_000_000, ("AAPL",))


def test_a_snapshot_waits_longer_for_a_provider_that_is_away() -> None:
    portfolio, provider = holding(), FakeProvider(fails_with=Unavailable("away"))

    with pytest.raises(Unavailable, match="official close"):
        snapshots(provider, CLOSED_AT + timedelta(hours=5)).take(portfolio.key, DAY)
    taken = snapshots(provider, CLOSED_AT + timedelta(hours=6)).take(portfolio.key, DAY)

    assert taken is not None
    assert taken.missing_closes == ("AAPL",)


def test_a_snapshot_abroad_is_at_once_at_the_price_given_by_its_owner() -> None:
    portfolio = holding(Exchange.TSE, "T", "20")

    taken = snapshots(FakeProvider(), CLOSED_AT).take(portfolio.key, DAY)

    assert taken is not None
    assert (taken.total_value_cents, taken.missing_closes) == (1_000_000, ())
