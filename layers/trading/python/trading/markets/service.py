"""Quotes and trading days for one invocation: each is asked for once, whoever needs it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from trading.markets.calendar import trading_day
from trading.markets.models import Exchange, Quote, TradingDay
from trading.markets.ports import InstrumentStore, MarketData
from trading.platform.errors import PartnerError
from trading.platform.observability import count

SYMBOLS_PER_REQUEST = 200


@dataclass(frozen=True)
class QuoteBook:
    """Quotes of one invocation. What the provider did not give is simply not there.

    `market` gives the provider; whoever asks for no quote never needs it.
    """

    market: Callable[[], MarketData]
    _known: dict[str, Quote | None] = field(default_factory=dict)

    def fresh(
        self, symbols: Collection[str], now: datetime, *, not_before: datetime | None = None
    ) -> Mapping[str, Quote]:
        """Return the quotes that still count, of those that can be had.

        A quote counts for 15 minutes, with a price above 0, and not if it is from before `not_before`.
        """
        missing = sorted(set(symbols) - self._known.keys())
        for batch in _batches(missing):
            self._known.update(dict.fromkeys(batch) | self._ask(batch))
        found = {symbol: quote for symbol in symbols if (quote := self._known[symbol]) is not None}
        return {
            symbol: quote
            for symbol, quote in found.items()
            if quote.price > 0 and quote.is_fresh(now) and (not_before is None or quote.at >= not_before)
        }

    def _ask(self, symbols: Sequence[str]) -> dict[str, Quote | None]:
        try:
            return {**self.market().quotes(symbols)}
        except PartnerError as error:
            count("QuotesUnavailable", dimensions={"code": error.code})
            return {}


@dataclass(frozen=True)
class Calendar:
    """Trading days, with the closures that no calendar foresaw."""

    instruments: InstrumentStore
    _kept: dict[tuple[Exchange, date], TradingDay | None] = field(default_factory=dict)

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        """Return an exchange's session on a day, or None. One request per exchange and day."""
        if (exchange, day) not in self._kept:
            regular = trading_day(exchange, day)
            closed = regular is not None and day in self.instruments.closures(exchange, day)
            self._kept[exchange, day] = None if closed else regular
        return self._kept[exchange, day]


def _batches(symbols: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(symbols), SYMBOLS_PER_REQUEST):
        yield symbols[start : start + SYMBOLS_PER_REQUEST]
