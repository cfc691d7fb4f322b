"""Nightly: what published recommendations came to is kept by day, and strategies are judged by it."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from trading.markets.models import Exchange
from trading.markets.ports import MarketData
from trading.signals.assessments import AssessmentService
from trading.signals.live import live_day, live_figures
from trading.signals.models import SignalSet, Source
from trading.signals.ports import Days, LiveStore, SignalStore

STRATEGIES = (Source.BASELINE, Source.MODEL)
MADE_UP_FOR = timedelta(days=10)
"""Days that a night missed are made up for while they are that young."""
MIN_WHOLE = 0.5
"""Where fewer of the symbols than this share have a bar of the day, pages of it are missing."""


@dataclass(frozen=True)
class NightlyJudge:
    """Judges the strategies of an exchange. `choose` names what the live rule buys of a set."""

    signals: SignalStore
    live: LiveStore
    market: MarketData
    days: Days
    assessments: AssessmentService
    choose: Callable[[SignalSet], Collection[str]]

    def judge(self, exchange: Exchange, today: date) -> int:
        """Keep what each published set until today came to, and judge; return how many days are new.

        A day of which too few bars came is left for a later night. What is pinned is no strategy's.

        Raises:
            Unavailable: if the market data cannot be had now.
            Refused: if the provider will not give it.
        """
        known = {strategy: {day.trade_date for day in self.live.days(exchange, strategy)} for strategy in STRATEGIES}
        kept = sum(
            self._keep(exchange, published)
            for published in self._find_published(exchange, today)
            if published.trade_date not in known[published.source]
        )
        for strategy in STRATEGIES:
            self.assessments.judge_live(exchange, strategy, live_figures(self.live.days(exchange, strategy)))
        return kept

    def _find_published(self, exchange: Exchange, today: date) -> Iterator[SignalSet]:
        for age in range(MADE_UP_FOR.days, -1, -1):
            day = today - timedelta(days=age)
            header = self.signals.header(exchange, day) if self.days.trading_day(exchange, day) else None
            if header is not None and header.source in STRATEGIES:
                yield header

    def _keep(self, exchange: Exchange, header: SignalSet) -> bool:
        day = header.trade_date
        signals = self.signals.read(exchange, day)
        if signals is None or signals.source is not header.source or not signals.recommendations:
            return False
        symbols = [recommendation.symbol for recommendation in signals.recommendations]
        found = self.market.daily_bars(exchange, symbols, since=day, until=day)
        bars = {symbol: history[-1] for symbol, history in found.items() if history and history[-1].day == day}
        if not bars or not _are_whole(signals, bars):
            return False
        self.live.save(exchange, signals.source, live_day(signals, bars, self.choose(signals)))
        return True


def _are_whole(signals: SignalSet, bars: Collection[str]) -> bool:
    """Say whether most symbols that might be bought have bars; else pages are missing, and a day is written once."""
    wanted = [r.symbol for r in signals.recommendations if r.excluded is None and r.predicted_return is not None]
    return sum(symbol in bars for symbol in wanted) >= MIN_WHOLE * len(wanted)
