"""Days for back-tests: bars and signals that a test writes in a line each."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from trading.backtest.models import DayBar, DayInput, Tape
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange, TradingDay
from trading.signals.models import Recommendation, SignalSet, Source

DAY = date(2013, 2, 19)


def session(day: date = DAY) -> TradingDay:
    """Return a day's session on NASDAQ."""
    found = trading_day(Exchange.NASDAQ, day)
    assert found is not None
    return found


def bar(symbol: str, *prices: str) -> DayBar:
    """Return a bar of open, high, low and close."""
    return DayBar(symbol, *map(Decimal, prices))


def recommended(symbol: str, price: str, *, expected: str = "0.02", atr: str = "1.5") -> Recommendation:
    """Return a sure signal at a previous close."""
    return Recommendation(symbol, Decimal(expected), Decimal("0.02"), Decimal(atr), Decimal(price))


def day_of(
    bars: Iterable[DayBar],
    signals: Iterable[Recommendation] = (),
    *,
    day: date = DAY,
    source: Source = Source.BASELINE,
    tape: Tape | None = None,
) -> DayInput:
    """Return a day's input."""
    found = tuple(signals)
    known: Mapping[str, DayBar] = {bar.symbol: bar for bar in bars}
    return DayInput(session(day), SignalSet(Exchange.NASDAQ, day, source, "v", found) if found else None, known, tape)
