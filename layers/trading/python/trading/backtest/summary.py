"""The summary of a run: its figures with their intervals, beside cash and buying everything. No I/O, no numpy."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any

from trading.backtest.models import DayInput, DayResult, Run
from trading.markets.costs import TradingCosts
from trading.performance import metrics
from trading.performance.confidence import Interval, interval_of_mean, interval_of_sharpe

PLACES = 10


@dataclass(frozen=True)
class Benchmarks:
    """What else the same days would have brought, by day: each share bought at the open and sold at the close,
    after costs, in equal parts; and shares of equal value that are held over night."""

    buy_all: tuple[float, ...]
    index: tuple[float, ...]


def benchmarks_of(days: Iterable[DayInput], costs: TradingCosts) -> Benchmarks:
    """Return the benchmarks of days; a day without bars brings nothing.

    The close before is that of the signals, which is in the prices of the day: so a split moves nothing.
    """
    pairs = [benchmark_of(inputs, costs) for inputs in days]
    return Benchmarks(tuple(buy_all for buy_all, _ in pairs), tuple(index for _, index in pairs))


def benchmark_of(inputs: DayInput, costs: TradingCosts) -> tuple[float, float]:
    """Return what a day would have brought by buying all, and by holding."""
    bars = inputs.bars.values()
    gains = [float((bar.close - bar.open - costs.round_trip(bar.open)) / bar.open) for bar in bars]
    before = _closes_before(inputs)
    moves = [float(bar.close / before[bar.symbol]) - 1 for bar in bars if bar.symbol in before]
    return metrics.mean(gains) if gains else 0.0, metrics.mean(moves) if moves else 0.0


def _closes_before(inputs: DayInput) -> Mapping[str, Decimal]:
    found = inputs.signals.recommendations if inputs.signals else ()
    return {one.symbol: one.previous_close for one in found if one.previous_close}


def benchmark_summary(others: Benchmarks) -> dict[str, Any]:
    """Return what all days together would have brought by buying all, and by holding."""
    totals = {"buy_all": others.buy_all, "index": others.index}
    return _rounded({f"{name}_total": metrics.total_return(returns) for name, returns in totals.items()})


def returns_of(run: Run) -> tuple[float, ...]:
    """Return each day's return."""
    return metrics.daily_returns(run.bankroll_cents, [day.closing_cents for day in run.days])


def summary_of(run: Run, seed: str) -> dict[str, Any]:
    """Return the figures of a run, rounded once; undefined ones are None. Intervals are drawn by the seed."""
    returns, trades = returns_of(run), run.trades
    pnls, costs = [trade.pnl_cents for trade in trades], [trade.cost_cents for trade in trades]
    figures: dict[str, Any] = {
        "days": len(run.days),
        "trades": len(trades),
        "final_cents": run.days[-1].closing_cents if run.days else run.bankroll_cents,
        **_rounded(figures_of_returns(returns)),
        **_rounded(
            {
                "win_rate": metrics.win_rate(pnls),
                "profit_factor": metrics.profit_factor(pnls),
                "net_bp": metrics.net_bp(pnls, costs),
                "exposure": metrics.exposure(
                    [day.bought_cents for day in run.days], [day.opening_cents for day in run.days]
                ),
                "turnover": metrics.turnover(
                    sum(day.traded_cents for day in run.days), [day.closing_cents for day in run.days]
                ),
            }
        ),
    }
    return figures | {
        "intervals": {
            "daily_bp": _interval([value * metrics.BP for value in returns], seed),
            "sharpe": _bounds(interval_of_sharpe(returns, seed)),
        },
        "skipped": _counted(day.skipped for day in run.days),
        "blocks": _counted(day.blocks for day in run.days),
        "exits": dict(sorted(Counter(trade.exit_reason.value for trade in trades).items())),
    }


def figures_of_returns(returns: Sequence[float]) -> dict[str, float | None]:
    """Return the figures of 3.1 that daily returns have."""
    return {
        "total": metrics.total_return(returns),
        "annual": metrics.annual_return(returns),
        "volatility": metrics.volatility(returns),
        "sharpe": metrics.sharpe(returns),
        "downside": metrics.downside(returns),
        "sortino": metrics.sortino(returns),
        "max_drawdown": metrics.max_drawdown(returns),
        "calmar": metrics.calmar(returns),
    }


def monthly(run: Run) -> Mapping[int, Mapping[int, float]]:
    """Return what each month brought, by year and month."""
    found: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for day, value in zip(run.days, returns_of(run), strict=False):
        found[day.day.year][day.day.month].append(value)
    return {
        year: {month: metrics.total_return(values) or 0.0 for month, values in months.items()}
        for year, months in found.items()
    }


def wealth(returns: Iterable[float], start: float) -> Iterator[float]:
    """Yield what a sum becomes day by day."""
    return accumulate(returns, lambda before, value: before * (1 + value), initial=start)


def first_block(days: Iterable[DayResult], rail: str) -> date | None:
    """Return the first day on which a rail kept from buying."""
    return next((day.day for day in days if rail in day.skipped or rail in day.blocks), None)


def _counted(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total.most_common())


def _interval(values: Sequence[float], seed: str) -> list[float] | None:
    return _bounds(interval_of_mean(values, seed))


def _bounds(interval: Interval | None) -> list[float] | None:
    return [round(bound, PLACES) for bound in interval] if interval else None


def _rounded(figures: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, PLACES) for name, value in figures.items()}
