"""Whatever a provider says of one symbol, the quotes and bars of the others are as if it had not."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.quotes import quoted
from trading.markets.belief import ENTRY, EXIT, FLATTEN
from trading.markets.models import Exchange, Price, Quote
from trading.markets.service import QuoteCache
from trading.partners.market_data import reading
from trading.partners.market_data.connection import as_numbers

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
QUOTE = {"t": "2013-02-19T15:00:00Z", "bp": 99.5, "ap": 100.5}
BAR = {"t": "2013-02-19T05:00:00Z", "o": 1, "h": 3, "l": 0.5, "c": 2, "v": 10}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("tbpaohlcv"), inner, max_size=4),
    max_leaves=8,
)
entries = anything | st.fixed_dictionaries({}, optional={"t": scalars, "bp": anything, "ap": anything})
odd_bars = anything | st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys("tohlcv", anything)), max_size=3)
numbers = st.decimals(allow_nan=True, allow_infinity=True)


def received(raw: Any) -> Any:
    """Return what comes of a value that travels as JSON."""
    return as_numbers(json.dumps(raw))


@given(entries)
def test_garbage_in_one_symbols_quote_leaves_the_others(garbage: Any) -> None:
    alone = reading.quotes(Exchange.NASDAQ, received({"quotes": {"AAA": QUOTE, "ZZZ": QUOTE}}))

    found = reading.quotes(Exchange.NASDAQ, received({"quotes": {"AAA": QUOTE, "BAD": garbage, "ZZZ": QUOTE}}))

    assert {symbol: quote for symbol, quote in found.items() if symbol != "BAD"} == alone


@given(odd_bars)
def test_garbage_in_one_symbols_bars_leaves_the_others(garbage: Any) -> None:
    alone = reading.bars(received({"bars": {"AAA": [BAR], "ZZZ": [BAR]}}))

    found = reading.bars(received({"bars": {"AAA": [BAR], "BAD": garbage, "ZZZ": [BAR]}}))

    assert {symbol: bars for symbol, bars in found.items() if symbol != "BAD"} == alone


@given(anything)
def test_garbage_in_one_symbols_trade_leaves_the_others(garbage: Any) -> None:
    trade = {"t": "2013-02-19T15:00:00Z", "p": 99}
    alone = reading.trades(received({"trades": {"AAA": trade}}))

    assert reading.trades(received({"trades": {"BAD": garbage, "AAA": trade}})).items() >= alone.items()


class OneBadSymbol:
    """A market that quotes two symbols well and one in any way."""

    def __init__(self, bad: Quote) -> None:
        self.bad = bad

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        good = {symbol: quoted(symbol, "99.5", NOW, ask="100.5", exchange=exchange) for symbol in ("AAA", "ZZZ")}
        return {symbol: quote for symbol, quote in (good | {"BAD": self.bad}).items() if symbol in symbols}

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Any]:
        del exchange, symbols
        return {}

    def daily_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[str, Any]:
        del exchange, symbols, since, until
        return {}

    def covers(self, exchange: Exchange) -> bool:
        del exchange
        return True


@given(numbers, numbers, st.sampled_from([ENTRY, EXIT, FLATTEN]), st.none() | st.decimals("0.01", 1000, places=2))
def test_whatever_is_quoted_of_one_symbol_the_others_have_their_prices(
    bid: Decimal, ask: Decimal, purpose: Any, last: Decimal | None
) -> None:
    market = OneBadSymbol(Quote(Exchange.NASDAQ, "BAD", bid, ask, NOW))
    last_prices = {"AAA": Decimal(100), "BAD": last, "ZZZ": Decimal(100)}

    found = QuoteCache(lambda: market).prices(Exchange.NASDAQ, last_prices, purpose, NOW)

    assert found.keys() >= {"AAA", "ZZZ"}
    if "BAD" in found:
        assert isinstance(found["BAD"], Price)
        assert 0 < bid <= found["BAD"].amount <= ask
