"""Figures of returns and of trades: floats made from cents, to be rounded once, by whoever shows them.

What is undefined (no days, no losses, nothing varies) is None, never infinite or NaN. A year is 252
sessions, the risk-free rate is zero. Each figure agrees with empyrical, quantstats and ffn where these agree
with each other; where they differ (flat series, days without a move) the difference is said at the function.
"""

import math
from collections.abc import Iterable, Sequence

SESSIONS_A_YEAR = 252
MIN_ANNUAL_SESSIONS = 252
"""A figure for a year is only named after a year."""

BP = 10_000
MIN_TO_VARY = 2


def daily_returns(opening: float, closings: Sequence[float], flows: Sequence[float] | None = None) -> tuple[float, ...]:
    """Return the return of each day: E_t / (E_{t-1} + F_t) - 1, the flows being those before that day's open.

    A day that begins with nothing (all was withdrawn) has no return and is left out.
    """
    flows = flows if flows is not None else (0,) * len(closings)
    days = zip((opening, *closings)[: len(closings)], flows, closings, strict=True)
    return tuple(value for day in days if (value := day_return(*day)) is not None)


def day_return(before: float, flow: float, closing: float) -> float | None:
    """Return what a day earned of what it began with, flows before its open counted; None if that was nothing.

    Where a withdrawal left nothing, or more than all was taken, the money was still there while it earned:
    the withdrawal counts after the close, since before the open it would make a loss of everything, or no gain at all.
    """
    base = before + flow
    if flow < 0 < before and min(base, closing) <= 0 and base != closing:
        base, closing = before, closing - flow
    return closing / base - 1 if base > 0 else None


def total_return(returns: Sequence[float]) -> float | None:
    """Return what one unit became, less that unit: the product of (1 + r) - 1."""
    return _finite(math.prod(1 + value for value in returns) - 1) if returns else None


def annual_return(returns: Sequence[float], min_sessions: int = MIN_ANNUAL_SESSIONS) -> float | None:
    """Return the total as a yearly rate over sessions (not calendar days); None under `min_sessions`."""
    total = total_return(returns)
    if total is None or total < -1 or len(returns) < min_sessions:
        return None
    try:
        return math.pow(1 + total, SESSIONS_A_YEAR / len(returns)) - 1
    except OverflowError:
        return None


def volatility(returns: Sequence[float]) -> float | None:
    """Return the yearly standard deviation (n - 1); None under two days."""
    deviation = _deviation(returns)
    return None if deviation is None else deviation * math.sqrt(SESSIONS_A_YEAR)


def sharpe(returns: Sequence[float]) -> float | None:
    """Return mean by standard deviation, a year; None where nothing varies (some libraries answer infinity)."""
    deviation = _deviation(returns)
    return _finite(mean(returns) / deviation * math.sqrt(SESSIONS_A_YEAR)) if deviation else None


def downside(returns: Sequence[float]) -> float | None:
    """Return the yearly deviation of the losses below zero over all days, those without a loss too."""
    if not returns:
        return None
    return math.sqrt(mean([min(value, 0) ** 2 for value in returns]) * SESSIONS_A_YEAR)


def sortino(returns: Sequence[float]) -> float | None:
    """Return the yearly mean by the downside deviation; None without a loss."""
    risk = downside(returns)
    return _finite(mean(returns) * SESSIONS_A_YEAR / risk) if risk else None


def drawdowns(returns: Iterable[float]) -> tuple[float, ...]:
    """Return how far each day's wealth lies below the highest so far, the starting 1 counted (0 or negative)."""
    wealth = peak = 1.0
    below = []
    for value in returns:
        wealth *= 1 + value
        peak = max(peak, wealth)
        below.append(wealth / peak - 1)
    return tuple(below)


def max_drawdown(returns: Sequence[float]) -> float | None:
    """Return the deepest of the drawdowns (0 or negative); None without days."""
    return _finite(min(drawdowns(returns))) if returns else None


def calmar(returns: Sequence[float], min_sessions: int = MIN_ANNUAL_SESSIONS) -> float | None:
    """Return the yearly return by the deepest drawdown; None without a drawdown or under `min_sessions`."""
    annual, deepest = annual_return(returns, min_sessions), max_drawdown(returns)
    return _finite(annual / abs(deepest)) if annual is not None and deepest else None


def beta(returns: Sequence[float], market: Sequence[float]) -> float | None:
    """Return the covariance with the market's returns of the same days by their variance; None if all are alike."""
    if not _deviation(market):
        return None
    mine, theirs = mean(returns), mean(market)
    shared = math.fsum((r - mine) * (m - theirs) for r, m in zip(returns, market, strict=True))
    return _finite(shared / math.fsum((m - theirs) ** 2 for m in market))


def win_rate(pnls: Sequence[float]) -> float | None:
    """Return the share of trades that gained, among all (a flat one is no win); None without trades."""
    return sum(pnl > 0 for pnl in pnls) / len(pnls) if pnls else None


def profit_factor(pnls: Sequence[float]) -> float | None:
    """Return the sum of gains by the sum of losses; None without a loss."""
    losses = -math.fsum(pnl for pnl in pnls if pnl < 0)
    return math.fsum(pnl for pnl in pnls if pnl > 0) / losses if losses else None


def net_bp(pnls: Sequence[float], costs: Sequence[float]) -> float | None:
    """Return what the trades earned in basis points of what was paid for them."""
    paid = math.fsum(costs)
    return math.fsum(pnls) / paid * BP if paid else None


def exposure(entries: Sequence[float], equities: Sequence[float]) -> float | None:
    """Return the mean share of the equity at the open that was bought; days that began with nothing are left out."""
    shares = [entry / equity for entry, equity in zip(entries, equities, strict=True) if equity > 0]
    return mean(shares) if shares else None


def turnover(traded: float, equities: Sequence[float]) -> float | None:
    """Return how often a year the mean equity was bought and sold: (buys + sells) / 2 over it."""
    average = mean(equities) if equities else 0
    return traded / 2 / average * SESSIONS_A_YEAR / len(equities) if average > 0 else None


def mean(values: Sequence[float]) -> float:
    """Return the mean of values (at least one)."""
    return math.fsum(values) / len(values)


def _deviation(values: Sequence[float]) -> float | None:
    """Return the standard deviation (n - 1): exactly 0 where all are equal, whatever their mean is rounded to."""
    if len(values) < MIN_TO_VARY:
        return None
    if min(values) == max(values):
        return 0.0
    middle = mean(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
