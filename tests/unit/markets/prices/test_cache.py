"""Prices that everybody shares: asked for once a minute, waited for as long as is bearable, garbage left aside."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.support.prices import FakePriceRows, FakeProvider, FakeTime
from tests.support.quotes import traded
from trading.markets.belief import ENTRY, FLATTEN
from trading.markets.models import Exchange, Price, PriceSource
from trading.markets.prices.models import READER, WORKER, Close, FeedName, LatestPrice, Listing, Patience, SharedPrice
from trading.markets.prices.service import LatestPrices, OfficialCloses, PriceCache, SharedQuotes
from trading.markets.service import QuoteCache, RecentClosures
from trading.platform.deadline import seconds_left
from trading.platform.errors import Unavailable

DAY = date(2013, 2, 19)
NOON = datetime(2013, 2, 19, 17, 0, 10, tzinfo=UTC)
CLOSED_AT = datetime(2013, 2, 19, 21, 0, tzinfo=UTC)
AAPL: Listing = (Exchange.NASDAQ, "AAPL")
SPREAD = Decimal("0.02")


@dataclass
class Harness:
    """Rows, a provider and a time that readers and workers share."""

    provider: FakeProvider = field(default_factory=FakeProvider)
    time: FakeTime = field(default_factory=FakeTime)

    def __post_init__(self) -> None:
        self.rows = FakePriceRows(self.time.seconds)

    def cache(self, now: datetime, patience: Patience) -> PriceCache:
        return PriceCache(self.rows, patience, now, self.time.running, self.time.wait)

    def reader(self, now: datetime = NOON) -> LatestPrices:
        return LatestPrices(self.cache(now, READER), lambda: self.provider, frozenset({Exchange.NASDAQ}), SPREAD)

    def worker(self, now: datetime = NOON) -> QuoteCache:
        shared = SharedQuotes(self.cache(now, WORKER), lambda: self.provider, SPREAD)
        return QuoteCache(lambda: shared)

    def shown(self, now: datetime = NOON, listing: Listing = AAPL) -> LatestPrice:
        return self.reader(now).of([listing])[listing]


def test_a_read_in_market_hours_shows_the_middle_of_a_quote_of_this_minute() -> None:
    harness = Harness()
    harness.provider.quote("AAPL", "99.90", NOON, ask="100.10")

    shown = harness.shown()

    assert shown == LatestPrice(Price(Decimal("100.0000"), NOON, PriceSource.QUOTE, Decimal("0.20")), is_current=True)


def test_a_symbol_is_asked_for_once_a_minute_by_all_readers_and_workers_together() -> None:
    harness = Harness()
    harness.provider.quote("AAPL", "100", NOON)

    for second in range(10, 59):
        harness.reader(NOON.replace(second=second)).of([AAPL])
        harness.worker(NOON.replace(second=second)).prices(Exchange.NASDAQ, {"AAPL": None}, FLATTEN, NOON)
    harness.provider.quote("AAPL", "101", NOON + timedelta(minutes=1))
    later = harness.shown(NOON + timedelta(minutes=1))

    assert harness.provider.times_asked == {AAPL: 2}
    assert later.price.amount == 101


def test_twelve_portfolios_over_the_same_symbols_cost_one_request() -> None:
    harness = Harness()
    symbols = [f"S{number}" for number in range(5)]
    for symbol in symbols:
        harness.provider.quote(symbol, "100", NOON)

    for _ in range(12):
        found = harness.worker().prices(Exchange.NASDAQ, dict.fromkeys(symbols), ENTRY, NOON)
        assert set(found) == set(symbols)

    assert len(harness.provider.asked) == 1


def test_a_worker_gets_the_quotes_own_moment_and_nothing_older_than_its_purpose_allows() -> None:
    harness = Harness()
    harness.provider.quote("AAPL", "100", NOON - timedelta(minutes=3))

    assert harness.worker().prices(Exchange.NASDAQ, {"AAPL": None}, ENTRY, NOON) == {}
    flattened = harness.worker().prices(Exchange.NASDAQ, {"AAPL": None}, FLATTEN, NOON)
    assert flattened["AAPL"].at == NOON - timedelta(minutes=3)


def test_a_provider_that_fails_leaves_the_last_price_with_its_moment_and_is_asked_once_a_minute() -> None:
    harness = Harness()
    harness.provider.quote("AAPL", "100", NOON)
    harness.shown()
    harness.provider.fails_with = Unavailable("away")

    later = NOON + timedelta(minutes=7)
    shown = [harness.shown(later) for _ in range(5)]

    assert {(latest.price.amount, latest.price.at, latest.is_current) for latest in shown} == {(100, NOON, False)}
    assert len(harness.provider.asked) == 2


def test_garbage_leaves_the_price_as_it_is() -> None:
    harness = Harness()
    harness.provider.quote("AAPL", "100", NOON)
    harness.shown()

    later = NOON
    for bid, ask in (("0", "0"), ("NaN", "100"), ("101", "99"), ("50", "150"), ("900", "900"), ("Infinity", "1")):
        later += timedelta(minutes=1)
        harness.provider.quote("AAPL", bid, later, ask=ask)
        assert harness.shown(later).price.amount == 100
    harness.provider.quoted.clear()

    assert harness.shown(later + timedelta(minutes=1)).price == Price(Decimal(100), NOON)


def test_garbage_of_one_symbol_leaves_the_others_fresh() -> None:
    harness = Harness()
    harness.provider.quote("AAPL", "0", NOON)
    harness.provider.quote("MSFT", "30", NOON)

    found = harness.reader().of([AAPL, (Exchange.NASDAQ, "MSFT")])

    assert {symbol: latest.price.amount for (_, symbol), latest in found.items()} == {"MSFT": 30}


def test_a_reader_waits_for_whoever_asks_already() -> None:
    harness, minute = Harness(), NOON.replace(second=0)
    harness.rows.claim(AAPL, FeedName.QUOTES, minute, lease_seconds=3, takes_over=False)
    answer = SharedPrice(AAPL, price=Price(Decimal(100), NOON), priced_at=minute).answered(FeedName.QUOTES, minute)

    def meanwhile(wait: timedelta) -> None:
        harness.time.wait(wait)
        harness.rows.kept[AAPL] = answer

    waiting = replace(harness.reader(), cache=replace(harness.cache(NOON, READER), sleep=meanwhile))

    assert waiting.of([AAPL])[AAPL].price.amount == 100
    assert harness.provider.asked == []


def test_a_reader_waits_two_seconds_at_most_and_shows_the_last_price() -> None:
    harness = Harness()
    harness.provider.quote("AAPL", "100", NOON)
    harness.shown()
    later = NOON + timedelta(minutes=1)
    harness.rows.claim(AAPL, FeedName.QUOTES, later.replace(second=0), lease_seconds=3, takes_over=False)

    shown = harness.shown(later)

    assert shown == LatestPrice(Price(Decimal(100), NOON), is_current=False)
    assert timedelta(seconds=1) < harness.time.passed <= timedelta(seconds=2)


def test_a_reader_leaves_the_provider_less_than_two_seconds_and_a_worker_what_its_message_has() -> None:
    harness, left = Harness(), list[float]()
    harness.provider.while_asked = lambda: left.append(seconds_left())

    harness.reader().of([AAPL])
    harness.worker(NOON + timedelta(minutes=1)).prices(Exchange.NASDAQ, {"AAPL": None}, FLATTEN, NOON)

    assert left[0] < 2
    assert left[1] > 10


def test_a_worker_asks_again_where_a_reader_brought_no_answer_and_another_reader_does_not() -> None:
    harness = Harness()
    harness.provider.fails_with = Unavailable("away")
    harness.reader().of([AAPL])
    harness.provider.fails_with = None
    harness.provider.quote("AAPL", "100", NOON)
    harness.time.wait(timedelta(seconds=4))

    assert harness.reader().of([AAPL]) == {}
    found = harness.worker().prices(Exchange.NASDAQ, {"AAPL": None}, FLATTEN, NOON)

    assert found["AAPL"].amount == 100
    assert harness.provider.times_asked == {AAPL: 2}


def test_last_trades_are_asked_for_once_a_minute_too() -> None:
    harness = Harness()
    harness.provider.quote("AAPL", "0", NOON)
    harness.provider.traded["AAPL"] = traded(99, NOON)

    for _ in range(12):
        found = harness.worker().prices(Exchange.NASDAQ, {"AAPL": None}, FLATTEN, NOON)
        assert (found["AAPL"].amount, found["AAPL"].source) == (99, PriceSource.TRADE)

    assert harness.provider.asked_for_trades == 1


def test_outside_of_market_hours_the_last_close_is_the_price_and_asked_for_once() -> None:
    harness = Harness()
    harness.provider.closed[AAPL] = Close(DAY, Decimal(101))
    harness.provider.quote("AAPL", "150", CLOSED_AT + timedelta(hours=2))

    shown = [harness.shown(CLOSED_AT + timedelta(hours=hours)) for hours in range(1, 17)]

    assert set(shown) == {LatestPrice(Price(Decimal(101), CLOSED_AT, PriceSource.CLOSE), is_current=True)}
    assert len(harness.provider.asked) == 1


def test_after_a_close_that_nobody_foresaw_the_last_close_is_the_price() -> None:
    harness, closed_at = Harness(), NOON - timedelta(hours=1)
    harness.provider.closed[AAPL] = Close(DAY, Decimal(101))
    harness.provider.quote("AAPL", "150", NOON)

    shown = {
        at: replace(harness.reader(), closures=lambda _, __, at=at: {DAY: at}).of([AAPL])[AAPL]
        for at in (closed_at, NOON + timedelta(hours=1))
    }

    assert shown[closed_at] == LatestPrice(Price(Decimal(101), closed_at, PriceSource.CLOSE), is_current=True)
    assert shown[NOON + timedelta(hours=1)].price.amount == 150


def test_closures_are_asked_for_once_a_minute_by_a_process() -> None:
    time, asked = FakeTime(), list[Exchange]()
    recent = RecentClosures(lambda exchange, _: asked.append(exchange) or {DAY: None}, time.running)  # type: ignore[func-returns-value]

    found = [recent.around(Exchange.NASDAQ, DAY) for _ in range(3)]
    time.wait(timedelta(seconds=61))
    recent.around(Exchange.NASDAQ, DAY)

    assert found == [{DAY: None}] * 3
    assert asked == [Exchange.NASDAQ] * 2


def test_right_after_the_close_it_may_still_be_corrected() -> None:
    harness = Harness()
    harness.provider.closed[AAPL] = Close(DAY, Decimal(101))
    harness.shown(CLOSED_AT)
    harness.provider.closed[AAPL] = Close(DAY, Decimal(102))

    assert harness.shown(CLOSED_AT + timedelta(minutes=30)).price.amount == 102


def test_a_symbol_of_an_exchange_without_data_is_never_asked_for() -> None:
    harness = Harness()

    assert harness.reader().of([(Exchange.TSE, "T")]) == {}
    assert (harness.provider.asked, harness.rows.reads) == ([], 0)


def test_the_official_close_is_asked_for_each_minute_until_it_is_there() -> None:
    harness = Harness()

    def known(now: datetime) -> SharedPrice:
        closes = OfficialCloses(harness.cache(now, WORKER), lambda: harness.provider, frozenset({Exchange.NASDAQ}))
        return closes.of(Exchange.NASDAQ, ["AAPL"], DAY)["AAPL"]

    assert known(CLOSED_AT).official_close is None
    harness.provider.closed[AAPL] = Close(DAY, Decimal(101))
    for minutes in (1, 2, 3):
        assert known(CLOSED_AT + timedelta(minutes=minutes)).official_close == Close(DAY, Decimal(101))
    assert len(harness.provider.asked) == 2
