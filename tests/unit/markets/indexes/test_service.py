"""What indexes did, kept from the provider's daily bars."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from tests.support.markets import FakeMarket, bar
from trading.markets.indexes.models import IndexReturn, returns_of
from trading.markets.indexes.service import IndexService
from trading.markets.indexes.store import DynamoIndexStore
from trading.markets.models import Bar, Exchange
from trading.platform.errors import Unavailable

SYMBOLS = {Exchange.NASDAQ: "QQQ", Exchange.NYSE: "SPY", Exchange.TSE: "XIC"}
TODAY = date(2013, 2, 20)


BARS = (bar(date(2013, 2, 15), 100), bar(date(2013, 2, 19), 101), bar(TODAY, Decimal("99.99")))


@dataclass
class PartlyAway(FakeMarket):
    """A market of which some exchanges cannot be asked."""

    away: set[Exchange] = field(default_factory=set)

    def daily_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[str, tuple[Bar, ...]]:
        if exchange in self.away:
            raise Unavailable("away")
        return super().daily_bars(exchange, symbols, since=since, until=until)


def market(**bars: tuple[Bar, ...]) -> PartlyAway:
    return PartlyAway(bars=bars, covered=frozenset({Exchange.NASDAQ, Exchange.NYSE}))


def test_a_return_is_from_one_close_to_the_next() -> None:
    assert list(returns_of(BARS)) == [
        IndexReturn(date(2013, 2, 19), Decimal("0.01000000")),
        IndexReturn(TODAY, Decimal("-0.01000000")),
    ]


@pytest.mark.usefixtures("aws")
def test_the_days_of_each_covered_exchange_are_kept() -> None:
    store = DynamoIndexStore()

    kept = IndexService(market(QQQ=BARS, SPY=BARS), store, SYMBOLS).record(TODAY)

    assert kept == {"NASDAQ": 2, "NYSE": 2}
    assert [found.day.day for found in store.returns("QQQ", date(2013, 2, 1), TODAY)] == [19, 20]
    assert store.returns("XIC", date(2013, 2, 1), TODAY) == ()


@pytest.mark.usefixtures("aws")
def test_an_exchange_that_cannot_be_asked_keeps_no_other_waiting_and_is_filled_in_the_next_day() -> None:
    store, provider = DynamoIndexStore(), market(QQQ=BARS, SPY=BARS)
    service = IndexService(provider, store, SYMBOLS)
    provider.away.add(Exchange.NASDAQ)
    assert service.record(date(2013, 2, 19)) == {"NASDAQ": 0, "NYSE": 1}

    provider.away.clear()
    service.record(TODAY)

    assert [found.day.day for found in store.returns("QQQ", date(2013, 2, 1), TODAY)] == [19, 20]


@pytest.mark.usefixtures("aws")
def test_an_index_without_bars_has_no_returns() -> None:
    store = DynamoIndexStore()

    assert IndexService(market(), store, SYMBOLS).record(TODAY) == {"NASDAQ": 0, "NYSE": 0}
    assert store.returns("QQQ", date(2013, 2, 1), TODAY) == ()
