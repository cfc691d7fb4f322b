"""Paths: what quotes a day of bars, or a tape, is taken to have shown, and when. No I/O.

A path says at which moments somebody watches, and what is quoted then. It sees the positions that are open,
since the worse order of a day depends on where a stop lies. A bar has one price: bid and ask are the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from trading.automation.portfolios.positions import Position
from trading.backtest.models import DayBar, DayInput, PathName, TapeQuote
from trading.markets.calendar import ENTRY_WINDOW, close_starts_at, monitor_until
from trading.markets.models import Quote
from trading.markets.walk import price_on_walk
from trading.platform.money import round_price

WATCHED_EVERY = timedelta(minutes=10)
TOO_OLD = timedelta(minutes=20)
"""No price of this age is believed for any purpose."""

OVERSHOOT = Decimal("0.583") * (Decimal(10) / 390).sqrt()
"""How far beyond its stop a position is sold on average if it is watched every ten minutes, in daily deviations."""


class Path(Protocol):
    """What a day shows, and when it is watched."""

    @property
    def name(self) -> PathName:
        """Return how it is called."""
        ...

    def watched_at(self, inputs: DayInput) -> Sequence[datetime]:
        """Return the moments from the open to before the close starts, in order."""
        ...

    def quotes(self, inputs: DayInput, moment: datetime, held: Sequence[Position]) -> Iterator[Quote]:
        """Yield what is quoted at a moment."""
        ...


@dataclass(frozen=True)
class WorseOrder:
    """The open, then the worse of what the day's range may have done to each position, then the close.

    With `overshoot` a stop is sold beyond its price, as far as watching every ten minutes costs on average.
    """

    overshoot: bool = False
    name: PathName = PathName.WORSE_ORDER

    def watched_at(self, inputs: DayInput) -> Sequence[datetime]:
        """Return the open and one moment after it."""
        return inputs.day.opens_at, inputs.day.opens_at + WATCHED_EVERY + ENTRY_WINDOW

    def quotes(self, inputs: DayInput, moment: datetime, held: Sequence[Position]) -> Iterator[Quote]:
        """Yield the opens, then stops and targets that the ranges reached, then the closes."""
        if moment <= inputs.day.opens_at:
            yield from _quoted(inputs, moment, ((bar.symbol, bar.open) for bar in inputs.bars.values()))
        elif moment >= close_starts_at(inputs.day):
            yield from _quoted(inputs, moment, ((bar.symbol, bar.close) for bar in inputs.bars.values()))
        else:
            yield from _quoted(inputs, moment, self._reached(inputs, held))

    def _reached(self, inputs: DayInput, held: Sequence[Position]) -> Iterator[tuple[str, Decimal]]:
        for position in held:
            bar = inputs.bars.get(position.symbol)
            price = self._worse(inputs, bar, position) if bar is not None else None
            if price is not None:
                yield position.symbol, price

    def _worse(self, inputs: DayInput, bar: DayBar, position: Position) -> Decimal | None:
        if position.stop_price is not None and bar.low <= position.stop_price:
            return min(self._beyond(inputs, bar, position.stop_price), bar.open)
        if position.target_price is not None and bar.high >= position.target_price:
            return position.target_price
        return None

    def _beyond(self, inputs: DayInput, bar: DayBar, stop: Decimal) -> Decimal:
        volatility = _volatility(inputs, bar.symbol) if self.overshoot else Decimal(0)
        return max(bar.low, round_price(stop * (1 - OVERSHOOT * volatility)))


@dataclass(frozen=True)
class SandboxWalk:
    """The walk of the simulated market, watched every ten minutes as the live monitor does."""

    name: PathName = PathName.SANDBOX

    def watched_at(self, inputs: DayInput) -> Sequence[datetime]:
        """Return the open and each ten minutes after it, until 40 minutes before the close."""
        return tuple(_every(WATCHED_EVERY, inputs.day.opens_at, monitor_until(inputs.day)))

    def quotes(self, inputs: DayInput, moment: datetime, held: Sequence[Position]) -> Iterator[Quote]:
        """Yield what the walk has reached."""
        del held
        walked = ((bar.symbol, price_on_walk(bar, inputs.day, moment)) for bar in inputs.bars.values())
        yield from _quoted(inputs, moment, walked)


@dataclass(frozen=True)
class TapePath:
    """What was recorded. A moment without a record of a symbol shows its latest one, with the age it has."""

    name: PathName = PathName.TAPE

    def watched_at(self, inputs: DayInput) -> Sequence[datetime]:
        """Return the recorded moments of before the close starts, and the open."""
        ends = close_starts_at(inputs.day)
        recorded = {moment for moment, _ in inputs.tape.moments} if inputs.tape else set()
        return sorted({inputs.day.opens_at} | {m for m in recorded if inputs.day.opens_at <= m < ends})

    def quotes(self, inputs: DayInput, moment: datetime, held: Sequence[Position]) -> Iterator[Quote]:
        """Yield each symbol's latest recorded quote."""
        del held
        latest: dict[str, TapeQuote] = {}
        for recorded_at, quotes in inputs.tape.moments if inputs.tape else ():
            if moment - TOO_OLD < recorded_at <= moment:
                latest |= {quote.symbol: quote for quote in quotes}
        for quote in latest.values():
            yield Quote(inputs.day.exchange, quote.symbol, quote.bid, quote.ask, quote.at)


PATHS: Mapping[PathName, Path] = {path.name: path for path in (WorseOrder(), SandboxWalk(), TapePath())}


def _quoted(inputs: DayInput, moment: datetime, prices: Iterable[tuple[str, Decimal]]) -> Iterator[Quote]:
    for symbol, price in prices:
        yield Quote(inputs.day.exchange, symbol, price, price, moment)


def _every(step: timedelta, moment: datetime, until: datetime) -> Iterator[datetime]:
    while moment <= until:
        yield moment
        moment += step


def _volatility(inputs: DayInput, symbol: str) -> Decimal:
    found = inputs.signals.recommendations if inputs.signals else ()
    values = (one.volatility for one in found if one.symbol == symbol)
    value = next(values, None)
    return value if value is not None and value.is_finite() and value > 0 else Decimal(0)
