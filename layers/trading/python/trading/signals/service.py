"""The baseline: recommendations from daily bars alone, until there is a trained model.

    y    20-day return / 20
    s    sample standard deviation of those 20 daily returns
    ATR  simple mean of the last 14 true ranges
    E    last close before the trade date

Floats are at home here and nowhere else; what leaves is Decimal.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from trading.markets.corporate_actions.ports import ActionFile
from trading.markets.models import Bar, Exchange
from trading.markets.ports import InstrumentStore, MarketData
from trading.platform.observability import count
from trading.signals.models import BASELINE_MODEL, Exclusion, Recommendation, SignalSet, Source, version_of
from trading.signals.ports import Assessments, SignalStore
from trading.signals.quarantine import has_unadjusted_split

RETURN_DAYS = 20
ATR_DAYS = 14
HISTORY = timedelta(days=60)
STALE_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class SignalService:
    """Makes a day's recommendations, once per exchange."""

    market: MarketData
    instruments: InstrumentStore
    store: SignalStore
    actions: ActionFile
    assessments: Assessments

    def covers(self, exchange: Exchange) -> bool:
        """Say whether there is data to make an exchange's recommendations of."""
        return self.market.covers(exchange)

    def build(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Compute and save the baseline of a trade date; where recommendations are pinned, return those.

        Returns None, and saves nothing, for an exchange without data.

        Raises:
            Unavailable: if the market data cannot be had now.
            Refused: if the provider will not give it.
        """
        present = self.store.read(exchange, trade_date)
        if present is not None and present.source is Source.PINNED:
            return present
        found = self._compute(exchange, trade_date) if self.covers(exchange) else ()
        if not found:
            return None
        assessment = self.assessments.of(exchange, Source.BASELINE, BASELINE_MODEL)
        version = version_of(found, assessment)
        signals = SignalSet(exchange, trade_date, Source.BASELINE, version, found, assessment)
        return signals if self.store.save(signals) else self.store.read(exchange, trade_date)

    def _compute(self, exchange: Exchange, trade_date: date) -> tuple[Recommendation, ...]:
        symbols = [instrument.symbol for instrument in self.instruments.listed(exchange)]
        since, until = trade_date - HISTORY, trade_date - timedelta(days=1)
        bars = self.market.daily_bars(exchange, symbols, since=since, until=until) if symbols else {}
        actions_on = self._actions_on(exchange, since, until) if bars else {}
        return tuple(_computable(bars, actions_on, symbols, trade_date))

    def _actions_on(self, exchange: Exchange, since: date, until: date) -> Mapping[str, list[date]]:
        """Return the ex-dates of corporate actions that are on file, by symbol. One request."""
        found: dict[str, list[date]] = defaultdict(list)
        for filed in self.actions.filed(exchange, since, until):
            if not filed.action.terms.is_cancelled:
                found[filed.action.symbol].append(filed.action.ex_date)
        return found


def _computable(
    bars: Mapping[str, Sequence[Bar]], actions_on: Mapping[str, list[date]], symbols: Iterable[str], trade_date: date
) -> Iterator[Recommendation]:
    """Yield the signals that can be computed; what cannot is that symbol's loss alone."""
    for symbol in symbols:
        try:
            made = baseline(symbol, bars.get(symbol, ()), trade_date, actions_on.get(symbol, ()))
        except (ArithmeticError, statistics.StatisticsError):
            count("SignalsNotComputable")
            continue
        if made is not None:
            yield made


def baseline(
    symbol: str, bars: Sequence[Bar], trade_date: date, actions_on: Collection[date] = ()
) -> Recommendation | None:
    """Return a symbol's signal from the bars before a trade date, or None if they are too few or too old.

    `actions_on` are the ex-dates of the symbol's corporate actions, which explain moves like splits.
    """
    history = sorted((bar for bar in bars if bar.day < trade_date), key=lambda bar: bar.day)
    known = history[-(RETURN_DAYS + 1) :]
    closes = [float(bar.close) for bar in known]
    if len(known) <= RETURN_DAYS or trade_date - known[-1].day > STALE_AFTER:
        return None
    if not all(math.isfinite(close) and close > 0 for close in closes):
        return None
    returns = [after / before - 1 for before, after in pairwise(closes)]
    return Recommendation(
        symbol=symbol,
        predicted_return=_decimal((closes[-1] / closes[0] - 1) / RETURN_DAYS, places=8),
        volatility=_decimal(statistics.stdev(returns), places=8),
        atr=_decimal(_average_true_range(known), places=4),
        previous_close=known[-1].close,
        excluded=Exclusion.UNADJUSTED_SPLIT if has_unadjusted_split(history, actions_on) else None,
    )


def _average_true_range(bars: Sequence[Bar]) -> float:
    pairs = list(pairwise(bars))[-ATR_DAYS:]
    return statistics.fmean(float(_true_range(before, bar)) for before, bar in pairs)


def _true_range(before: Bar, bar: Bar) -> Decimal:
    return max(bar.high - bar.low, abs(bar.high - before.close), abs(bar.low - before.close))


def _decimal(value: float, *, places: int) -> Decimal | None:
    return Decimal(value).quantize(Decimal(1).scaleb(-places)) if math.isfinite(value) else None
