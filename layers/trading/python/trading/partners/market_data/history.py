"""Daily bars of Alpaca in the prices that were really paid, for those who trade the past again."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from trading.backtest.models import DayBar
from trading.markets.models import Bar, Exchange
from trading.partners.market_data import reading
from trading.partners.market_data.alpaca import Alpaca
from trading.partners.market_data.connection import readable


class AlpacaHistory(Alpaca):
    """Alpaca's raw daily bars."""

    def raw_bars(
        self, exchange: Exchange, symbols: Collection[str], *, since: date, until: date
    ) -> Mapping[date, Mapping[str, DayBar]]:
        """Return the bars of symbols by day, both days included.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """

        def ask(theirs: Sequence[str]) -> Mapping[str, tuple[Bar, ...]]:
            found: dict[str, tuple[Bar, ...]] = {}
            for page in self._bar_pages(theirs, since, until, adjustment="raw"):
                with readable():
                    for symbol, bars in reading.bars(page).items():
                        found[symbol] = found.get(symbol, ()) + bars
            return found

        days: dict[date, dict[str, DayBar]] = defaultdict(dict)
        for symbol, bars in self._found(exchange, symbols, ask).items():
            for bar in bars:
                days[bar.day][symbol] = DayBar(symbol, bar.open, bar.high, bar.low, bar.close)
        return days
