"""What was executed: measured from what is held and from cash, never taken from a promise.

What a fund traded is estimated from the change of its shares, at the price that it is valued at now.
Cash gives the sum to the cent: whatever it lacks against our ledger went into holdings. So the estimate
is made to sum to it, by what each fund bought and sold. Where the two lie far apart, something happened
that our ledger does not know yet, such as a deposit whose event is late: then one waits.

A fund's flow is shared out to its versions from the newest to the oldest: each takes as much of what
is missing as it wanted, and what was traded beyond all amounts goes to the newest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from trading.brokerage.portfolios import PortfolioStatus
from trading.managed.models import HoldingsSnapshot, ManagedPortfolio
from trading.managed.weights import shared
from trading.platform.clock import Clock
from trading.platform.money import to_cents

MIN_GAP_CENTS, GAP_SHARE, TURNOVER_SHARE = 100, 10, 50
DONE_CENTS, DONE_SHARE = 100, 2000

N = TypeVar("N", int, Decimal)


@dataclass(frozen=True)
class Measured:
    """What went into each collection's fund since the portfolio was last seen, in cents.

    `gap_cents` is what cash shows beyond the estimate; where it is more than a slip of prices
    explains, `is_explained` is False.
    """

    flows: Mapping[str, int]
    gap_cents: int
    is_explained: bool

    @property
    def total_cents(self) -> int:
        """Return what went into holdings in all."""
        return sum(self.flows.values())


def seen(status: PortfolioStatus, portfolio: ManagedPortfolio, clock: Clock) -> HoldingsSnapshot:
    """Return what a status shows, by our own collections; funds that are none of ours are under their own id."""
    funds = {portfolio.collection_of(fund.fund_id) or fund.fund_id: fund for fund in status.funds}
    return HoldingsSnapshot(
        at=clock.now(),
        cash_cents=status.cash_cents,
        cents={key: _summed((symbol.symbol, symbol.cents) for symbol in fund.symbols) for key, fund in funds.items()},
        quantities={
            key: _summed((symbol.symbol, symbol.quantity) for symbol in fund.symbols) for key, fund in funds.items()
        },
    )


def _summed(pairs: Iterable[tuple[str, N]]) -> dict[str, N]:
    """Return numbers by symbol; the broker may hold several kinds of shares that are one symbol to us."""
    sums: dict[str, N] = {}
    for symbol, pair in pairs:
        sums[symbol] = sums[symbol] + pair if symbol in sums else pair
    return sums


def measure(before: HoldingsSnapshot | None, now: HoldingsSnapshot, ledger_cash_cents: int) -> Measured:
    """Return what was traded between two observations; `ledger_cash_cents` is the cash that our ledger expects."""
    trades = _trades(before, now)
    net = {key: sum(cents) for key, cents in trades.items()}
    turnover = {key: sum(map(abs, cents)) for key, cents in trades.items()}
    gap = ledger_cash_cents - now.cash_cents - sum(net.values())
    if not any(turnover.values()):
        return Measured({}, gap, is_explained=True)
    slips = shared(abs(gap), turnover)
    sign = 1 if gap >= 0 else -1
    flows = {key: cents + sign * slips[key] for key, cents in net.items()}
    # Where a fund is re-weighted next to nothing flows in or out, but prices slip with all that is traded.
    slip = max(sum(map(abs, net.values())) // GAP_SHARE, sum(turnover.values()) // TURNOVER_SHARE)
    is_explained = abs(gap) <= max(MIN_GAP_CENTS, slip)
    return Measured({key: cents for key, cents in flows.items() if cents}, gap, is_explained)


def attributed(wanted: Sequence[int], before: int, flow: int) -> list[int]:
    """Return what of a fund's flow belongs to each of its versions, oldest first.

    `wanted` are their amounts, `before` what earlier versions account for, `flow` all that ever went
    into the fund.
    """
    missing = before + sum(wanted) - flow
    executed = list(wanted)
    for place in reversed(range(len(wanted))):
        lacks = min(wanted[place], max(missing, 0)) if wanted[place] > 0 else max(wanted[place], min(missing, 0))
        executed[place] -= lacks
        missing -= lacks
    if executed:
        executed[-1] -= missing
    return executed


def is_done(remaining_cents: int, amount_cents: int, equity_cents: int) -> bool:
    """Say whether what is left of an amount is next to nothing.

    That is a dollar or 0.05 % of the equity, and never more than half of the amount.
    """
    tolerance = max(DONE_CENTS, equity_cents // DONE_SHARE)
    return abs(remaining_cents) * 2 <= min(2 * tolerance, abs(amount_cents))


def _trades(before: HoldingsSnapshot | None, now: HoldingsSnapshot) -> dict[str, list[int]]:
    """Return what each fund traded of each symbol, at the prices of now, or of before for what is gone."""
    old = before.quantities if before else {}
    found = {}
    for key in sorted({*old, *now.quantities}):
        symbols = {*old.get(key, {}), *now.quantities.get(key, {})}
        found[key] = [to_cents(_change(before, now, key, symbol)) for symbol in symbols]
    return found


def _change(before: HoldingsSnapshot | None, now: HoldingsSnapshot, key: str, symbol: str) -> Decimal:
    """Return what the change of a fund's shares of a symbol is worth, in dollars."""
    had = before.quantities.get(key, {}).get(symbol, Decimal(0)) if before else Decimal(0)
    has = now.quantities.get(key, {}).get(symbol, Decimal(0))
    if has == had:
        return Decimal(0)
    if has:
        return (has - had) * now.cents[key][symbol] / has / 100
    # Shares that a corporate action brought have no price before they were seen.
    return -Decimal(before.cents[key].get(symbol, 0)) / 100 if before else Decimal(0)
