"""Records what the market showed of a day's first candidates, whenever automation watches it.

A replay on such a tape sees what the workers of the same minute saw, since all share one answer of the provider.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from trading.automation.portfolios.ports import Days
from trading.backtest.candidates import first_candidates
from trading.backtest.models import TapeQuote
from trading.backtest.ports import SignalHistory, TapeStore
from trading.markets.calendar import close_starts_at
from trading.markets.models import Exchange, TradingDay
from trading.markets.ports import QuoteSource
from trading.platform.clock import trading_date
from trading.platform.errors import PartnerError
from trading.platform.observability import count


@dataclass(frozen=True)
class TapeRecorder:
    """Keeps the quotes of the first hundred candidates of each exchange that trades."""

    signals: SignalHistory
    quotes: QuoteSource
    store: TapeStore
    days: Days
    covered: frozenset[Exchange]

    def record(self, scheduled_at: datetime) -> Mapping[str, int]:
        """Write the quotes of a moment; return how many of each exchange.

        A provider that is away leaves a gap: where that decides, a replay knows it as the day itself did.
        """
        return {day.exchange.code: self._record(day, scheduled_at) for day in self._open_at(scheduled_at)}

    def _open_at(self, moment: datetime) -> Iterator[TradingDay]:
        for exchange in sorted(self.covered):
            day = self.days.trading_day(exchange, trading_date(moment))
            if day is not None and day.opens_at <= moment <= close_starts_at(day):
                yield day

    def _record(self, day: TradingDay, moment: datetime) -> int:
        symbols = self._candidates(day)
        if not symbols:
            return 0
        try:
            found = self.quotes.quotes(day.exchange, symbols)
        except PartnerError as error:
            count("TapesInterrupted", dimensions={"exchange": day.exchange.code, "code": error.code})
            return 0
        quotes = [TapeQuote(symbol, quote.bid, quote.ask, quote.at) for symbol, quote in sorted(found.items())]
        self.store.add(day.exchange, day.day, moment, quotes)
        return len(quotes)

    def _candidates(self, day: TradingDay) -> Collection[str]:
        signals = self.signals.best(day.exchange, day.day)
        return first_candidates(signals) if signals is not None else ()
