"""Records what indexes did. A day that was missed is filled in by the next of two weeks that is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from trading.markets.indexes.models import returns_of
from trading.markets.indexes.ports import IndexStore
from trading.markets.models import Exchange
from trading.markets.ports import MarketData
from trading.platform.errors import PartnerError
from trading.platform.observability import count

HISTORY = timedelta(days=15)


@dataclass(frozen=True)
class IndexService:
    """Keeps the returns of each exchange's index, as far as the provider has it."""

    market: MarketData
    store: IndexStore
    symbols: Mapping[Exchange, str]

    def record(self, today: date) -> Mapping[str, int]:
        """Write the returns of the last two weeks; return how many days each exchange's index has of them.

        An exchange whose index the provider does not give now has none, which is counted.
        """
        return {
            exchange.code: self._record(exchange, symbol, today)
            for exchange, symbol in self.symbols.items()
            if self.market.covers(exchange)
        }

    def _record(self, exchange: Exchange, symbol: str, today: date) -> int:
        try:
            bars = self.market.daily_bars(exchange, [symbol], since=today - HISTORY, until=today)
        except PartnerError as error:
            count("IndexReturnsUnavailable", dimensions={"exchange": exchange.code, "code": error.code})
            return 0
        returns = tuple(returns_of(bars.get(symbol, ())))
        self.store.save(symbol, returns)
        return len(returns)
