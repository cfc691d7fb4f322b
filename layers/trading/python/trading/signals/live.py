"""What published recommendations came to, traded or not, and what they had promised. Floats, and no I/O.

The live rule chooses what would have been bought; each is bought at the official open and sold at the
official close, and pays the paper broker's round trip at the open. Stops and targets are left out: they
act in one trade of a hundred, and validation leaves them out as well, so that both speak of the same.

    net of a trade      C/O - 1 - round trip(O)/O
    net bp a trade m    sum g / sum n, its error sqrt(sum (g_d - m n_d)^2) / sum n over days
    slope               sum_d S_xy / sum_d S_xx within days, x promised, y come; its error likewise by days
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean, stdev

from trading.markets.costs import PAPER_COSTS, TradingCosts
from trading.markets.models import Bar
from trading.signals.figures import LiveFigures
from trading.signals.gate import LIVE_SESSIONS
from trading.signals.models import LiveDay, SignalSet

BP = 10_000


def live_day(
    signals: SignalSet, bars: Mapping[str, Bar], bought: Collection[str], costs: TradingCosts = PAPER_COSTS
) -> LiveDay:
    """Return what a day's set came to; a symbol that may not be bought, or without a bar of the day, is left out."""
    pairs = {
        r.symbol: (float(r.predicted_return), _return(bars[r.symbol]))
        for r in signals.recommendations
        if r.predicted_return is not None and r.excluded is None and r.symbol in bars
    }
    trades = [symbol for symbol in sorted(bought) if symbol in pairs]
    nets = [pairs[symbol][1] - _cost(bars[symbol], costs) for symbol in trades]
    shared, own = _spreads(list(pairs.values()))
    return LiveDay(
        trade_date=signals.trade_date,
        model=signals.assessment.model if signals.assessment else "",
        recommended=len(pairs),
        trades=len(trades),
        gained=sum(net > 0 for net in nets),
        gross=math.fsum(pairs[symbol][1] for symbol in trades),
        net=math.fsum(nets),
        promised=math.fsum(pairs[symbol][0] for symbol in trades),
        shared_spread=shared,
        own_spread=own,
        rank_ic=_rank_correlation(list(pairs.values())),
        feature_drift=signals.feature_drift,
    )


def live_figures(days: Sequence[LiveDay]) -> LiveFigures:
    """Return the figures of the last 60 sessions with a trade, and of promises of the last 60 published.

    `days` are newest first. Whoever trades nothing still promises, and drifts.
    """
    promises = _promise_figures(days[:LIVE_SESSIONS])
    traded = [day for day in days if day.trades][:LIVE_SESSIONS]
    if not traded:
        return promises
    trades = sum(day.trades for day in traded)
    net, error = _ratio([(day.net, day.trades) for day in traded])
    return replace(
        promises,
        sessions=len(traded),
        trades=trades,
        since=traded[-1].trade_date,
        until=traded[0].trade_date,
        net_bp=_bp(net),
        net_bp_se=_bp(error),
        net_t=net / error if net is not None and error else None,
        hit_rate=sum(day.gained for day in traded) / trades,
        promised_bp=_bp(math.fsum(day.promised for day in traded) / trades),
        gross_bp=_bp(math.fsum(day.gross for day in traded) / trades),
    )


def _promise_figures(days: Sequence[LiveDay]) -> LiveFigures:
    slope, slope_error = _ratio([(day.shared_spread, day.own_spread) for day in days])
    ics = [day.rank_ic for day in days if day.rank_ic is not None]
    return LiveFigures(
        slope=slope,
        slope_se=slope_error,
        rank_ic=_mean(ics),
        rank_ic_se=stdev(ics) / math.sqrt(len(ics)) if len(ics) > 1 else None,
        feature_drift=_mean([day.feature_drift for day in days if day.feature_drift is not None]),
    )


def _return(bar: Bar) -> float:
    return float(bar.close) / float(bar.open) - 1


def _cost(bar: Bar, costs: TradingCosts) -> float:
    return float(costs.round_trip(bar.open) / bar.open)


def _spreads(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    if not pairs:
        return 0.0, 0.0
    promised, came = fmean(x for x, _ in pairs), fmean(y for _, y in pairs)
    shared = math.fsum((x - promised) * (y - came) for x, y in pairs)
    return shared, math.fsum((x - promised) ** 2 for x, _ in pairs)


def _ratio(days: Sequence[tuple[float, float]]) -> tuple[float | None, float | None]:
    """Return the sum of the first over that of the second, and its standard error by days."""
    whole = math.fsum(second for _, second in days)
    if not whole:
        return None, None
    ratio = math.fsum(first for first, _ in days) / whole
    if len(days) == 1:
        return ratio, None
    return ratio, math.sqrt(math.fsum((first - ratio * second) ** 2 for first, second in days)) / whole


def _rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    ranks = list(zip(_ranks([x for x, _ in pairs]), _ranks([y for _, y in pairs]), strict=True))
    shared, own = _spreads(ranks)
    _, other = _spreads([(y, x) for x, y in ranks])
    return shared / math.sqrt(own * other) if own and other else None


def _ranks(values: Sequence[float]) -> list[float]:
    """Return each value's place among all; equal ones share the mean of theirs."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values)):
        places.setdefault(value, []).append(place)
    return [fmean(places[value]) for value in values]


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return fmean(known) if known else None


def _bp(value: float | None) -> float | None:
    return None if value is None else value * BP
