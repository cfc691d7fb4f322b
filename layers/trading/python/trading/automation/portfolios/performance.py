"""How a portfolio did, from its snapshots: what the money in it earned, whatever was paid in or out.

    r = E / (E' + F) - 1     E and E' the values at two closes in a row, F what was paid in between them

A day that nothing stood in for, because all had been withdrawn, has no return. Its index's return of a
day is compounded over the days since the snapshot before, as the portfolio's is.
"""

import operator
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise

from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.ports import PortfolioStore, Snapshot
from trading.markets.indexes.models import IndexReturn
from trading.markets.indexes.ports import IndexStore
from trading.markets.models import Exchange
from trading.performance.metrics import beta, day_return, max_drawdown, sharpe, sortino, total_return, volatility
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import FieldProblem, InvalidRequest

A_YEAR, MAX_SPAN = timedelta(days=365), timedelta(days=5 * 366)
MIN_RETURNS = 20
"""Of how many days a figure of risk is made at least."""


@dataclass(frozen=True)
class DayReturn:
    """What a day earned, as a share of what was invested: 0.01 is one percent; None where nothing was."""

    snapshot: Snapshot
    value: float | None
    since: date | None


@dataclass(frozen=True)
class Performance:
    """A portfolio's returns of a span of days, oldest first, with the figures made of them.

    Volatility, Sharpe and Sortino are yearly, of 252 days, without a risk-free rate. `beta` is the
    portfolio's to its index. A figure of fewer than 20 days' returns is None, and so is an undefined one;
    all have 6 places.
    """

    days: tuple[DayReturn, ...]
    index_symbol: str | None
    volatility: Decimal | None
    sharpe: Decimal | None
    sortino: Decimal | None
    max_drawdown: Decimal | None
    time_weighted_return: Decimal | None
    beta: Decimal | None

    @property
    def growth(self) -> Iterator[tuple[Snapshot, Decimal]]:
        """Yield each day's snapshot with the time-weighted return of the span up to it."""
        factor = 1.0
        for day in self.days:
            factor *= 1 + (day.value or 0.0)
            yield day.snapshot, _rounded(factor - 1)


@dataclass(frozen=True)
class PerformanceService:
    """Computes what portfolios earned."""

    store: PortfolioStore
    indexes: IndexStore
    symbols: Mapping[Exchange, str]
    clock: Clock

    def of(self, portfolio: Portfolio, first: date | None = None, last: date | None = None) -> Performance:
        """Return a portfolio's performance of a span, both days included: of the year until today by default.

        Raises:
            InvalidRequest: if the span ends before it begins, or is longer than five years.
        """
        last = last or trading_date(self.clock.now())
        first = first or date.fromordinal(max(1, last.toordinal() - A_YEAR.days))
        if not timedelta(0) <= last - first <= MAX_SPAN:
            message = "must be a day from five years before `to` up to it"
            raise InvalidRequest(problems=(FieldProblem("from", message),))
        days = day_returns(self.store.snapshots_between(portfolio.key, first, last), first)
        symbol = self.symbols.get(portfolio.exchange)
        since = min((day.since or day.snapshot.day for day in days), default=last)
        known = self.indexes.returns(symbol, since, last) if symbol and days else ()
        return performance(days, known, symbol)


def day_returns(snapshots: Sequence[Snapshot], first: date) -> tuple[DayReturn, ...]:
    """Return what each day from `first` on earned.

    `snapshots` are oldest first and begin with the last one before `first`, if there is one; without it
    the first one's money came in that day.
    """
    pairs = pairwise((None, *snapshots))
    return tuple(
        DayReturn(after, _return(before, after), before.day if before else None)
        for before, after in pairs
        if after is not None and after.day >= first
    )


def performance(days: Sequence[DayReturn], index: Sequence[IndexReturn], symbol: str | None) -> Performance:
    """Return the figures of days' returns, beside those of an index."""
    returns = [day.value for day in days if day.value is not None]
    enough = returns if len(returns) >= MIN_RETURNS else []
    return Performance(
        days=tuple(days),
        index_symbol=symbol,
        volatility=_figure(volatility(enough)),
        sharpe=_figure(sharpe(enough)),
        sortino=_figure(sortino(enough)),
        max_drawdown=_figure(max_drawdown(returns)),
        time_weighted_return=_figure(total_return(returns)),
        beta=_figure(_beta(days, index)),
    )


def _return(before: Snapshot | None, after: Snapshot) -> float | None:
    value, invested = (before.total_value_cents, before.total_invested_cents) if before else (0, 0)
    return day_return(value, after.total_invested_cents - invested, after.total_value_cents)


def _beta(days: Sequence[DayReturn], index: Sequence[IndexReturn]) -> float | None:
    compared = _index_returns(days, index)
    pairs = [(day.value, compared[day.snapshot.day]) for day in days if day.snapshot.day in compared]
    both = [(own, other) for own, other in pairs if own is not None]
    if len(both) < MIN_RETURNS:
        return None
    own, other = zip(*both, strict=True)
    return beta(own, other)


def _index_returns(days: Sequence[DayReturn], index: Sequence[IndexReturn]) -> Mapping[date, float]:
    """Return what the index did in the time of each day's return, of the days that it is known of."""
    known = [found.day for found in index]
    levels = list(accumulate((1 + float(found.daily_return) for found in index), operator.mul, initial=1.0))
    places = {day: number for number, day in enumerate(known)}
    return {
        day.snapshot.day: levels[place + 1] / levels[bisect_right(known, day.since) if day.since else place] - 1
        for day in days
        if (place := places.get(day.snapshot.day)) is not None
    }


def _figure(value: float | None) -> Decimal | None:
    return None if value is None else _rounded(value)


def _rounded(value: float) -> Decimal:
    return round(Decimal(value), 6)
