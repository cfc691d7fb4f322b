"""Whether a status of the broker makes sense.

Statuses were seen that do not add up: weights beyond 1, values below zero, sums that are off, cash that
is missing. Targets are never made from such a thing: the last one that made sense counts for an hour,
and after that one waits. Cash below zero is no nonsense: it is what a returned deposit leaves.
"""

from collections.abc import Iterator
from decimal import Decimal

from trading.brokerage.portfolios import HeldFund, PortfolioStatus

OFF_CENTS, OFF_SHARE = 100, 1000
OFF_WEIGHT = Decimal("0.01")
_ALL = Decimal(1)


def problems(status: PortfolioStatus) -> tuple[str, ...]:
    """Return what is wrong with a status, in words for the log; nothing where it makes sense."""
    return tuple(_problems(status))


def _problems(status: PortfolioStatus) -> Iterator[str]:
    for fund in status.funds:
        yield from _problems_of(fund)
    sum_cents = status.cash_cents + sum(fund.cents for fund in status.funds)
    if abs(sum_cents - status.equity_cents) > max(OFF_CENTS, abs(status.equity_cents) // OFF_SHARE):
        yield "values do not sum to the equity"
    weights = [status.cash_actual, *(fund.actual for fund in status.funds)]
    targets = [status.cash_target, *(fund.target for fund in status.funds)]
    # Cash below zero has a weight below zero, and makes the others' sum exceed 1.
    are_shares = _are_shares(weights) if status.cash_cents >= 0 else all(weight >= 0 for weight in weights[1:])
    if not (are_shares and _are_shares(targets)):
        yield "weights are no shares"
    if status.equity_cents > 0 and abs(sum(weights, -_ALL)) > OFF_WEIGHT:
        yield "weights do not sum to 1"


def _problems_of(fund: HeldFund) -> Iterator[str]:
    if fund.cents < 0 or any(symbol.cents < 0 or symbol.quantity < 0 for symbol in fund.symbols):
        yield "a value is below zero"
    if abs(sum(symbol.cents for symbol in fund.symbols) - fund.cents) > OFF_CENTS:
        yield "a fund's values do not sum to its own"
    if any(not 0 <= symbol.target <= _ALL for symbol in fund.symbols):
        yield "a symbol's target is no share"
    weights = [symbol.actual for symbol in fund.symbols]
    if fund.cents > 0 and (not _are_shares(weights) or abs(sum(weights, -_ALL)) > OFF_WEIGHT):
        yield "a fund's weights do not sum to 1"


def _are_shares(weights: list[Decimal]) -> bool:
    return all(0 <= weight <= _ALL for weight in weights)
