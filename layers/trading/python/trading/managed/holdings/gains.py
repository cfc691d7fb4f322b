"""Gains: what holdings brought beyond what was put in.

    absolute   worth now - worth before - what went in since
    relative   worth now / (worth before + what went in) - 1, over one day
    yearly     the money-weighted rate: the yearly interest at which all flows would have grown to what
               is there now (XIRR), of what is a year old at least; `over` is the same for the time that it took

Where no money-weighted rate is to be had, on the first day or after a loss of everything, the rate in
all is that of the gain to what went in.

Rates are decimals with 6 places; None where there is none, such as for nothing invested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from trading.managed.flows import Flow
from trading.platform.money import unsigned_zero

DAYS_A_YEAR = 365
_STEP = Decimal("0.000001")
_MIN_RATE, _MAX_RATE = Decimal("-0.999999"), Decimal(10**6)
_HALVINGS = 80


@dataclass(frozen=True)
class Gains:
    """What something brought on the day and in all, in cents and as rates."""

    day_cents: int
    day_rate: Decimal | None
    total_cents: int
    total_rate: Decimal | None
    yearly_rate: Decimal | None


def gains(
    worth_cents: int, flows: Sequence[Flow], before: tuple[int, int], today: date, net_cents: int | None = None
) -> Gains:
    """Return the gains of something worth so much today.

    `flows` are what went in (above 0) and came out by day, since it was last empty; `net_cents` is the sum
    of all that ever did, where it has been empty meanwhile. `before` is what it was worth at the end of the
    day before, and what had gone in by then. No rate of less than a year is made a yearly one.
    """
    worth_before, net_before = before
    flow = sum(cents for _, cents in flows)
    day_base = worth_before + (flow if net_cents is None else net_cents) - net_before
    day = worth_cents - day_base
    yearly = xirr([*flows, (today, -worth_cents)])
    days = (today - min((flow for flow, _ in flows), default=today)).days
    total = over(yearly, days) if days else None
    return Gains(
        day_cents=day,
        day_rate=_rate(day, day_base),
        total_cents=worth_cents - flow,
        total_rate=total if total is not None else _rate(worth_cents - flow, flow),
        yearly_rate=yearly if days >= DAYS_A_YEAR else None,
    )


def xirr(flows: Sequence[Flow]) -> Decimal | None:
    """Return the yearly rate at which flows balance, or None where no rate or no single day apart does.

    What goes in is above 0, what comes out (and what is there in the end) below.
    """
    kept = [(day, cents) for day, cents in flows if cents]
    first = min((day for day, _ in kept), default=None)
    ins, outs = any(cents > 0 for _, cents in kept), any(cents < 0 for _, cents in kept)
    if first is None or not (ins and outs) or len({day for day, _ in kept}) < len((0, 1)):
        return None
    terms = [((day - first).days, cents) for day, cents in kept]
    low, high = _MIN_RATE, _MAX_RATE
    below, above = _balance(terms, low), _balance(terms, high)
    if (below > 0) == (above > 0):
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (_balance(terms, middle) > 0) == (below > 0):
            low = middle
        else:
            high = middle
        if high - low < _STEP / 10:
            break
    return _rounded((low + high) / 2)


def over(yearly: Decimal | None, days: int) -> Decimal | None:
    """Return what a yearly rate comes to in some days; None where that is beyond all sense.

    What brought much within a day and then lay for years has such a rate.
    """
    if yearly is None:
        return None
    rate = (1 + yearly) ** (Decimal(days) / DAYS_A_YEAR) - 1
    return _rounded(rate) if rate <= _MAX_RATE else None


def _balance(terms: Sequence[tuple[int, int]], rate: Decimal) -> Decimal:
    """Return what flows are worth at their beginning, at a yearly rate."""
    with localcontext() as context:
        context.prec = 20
        daily = (1 + rate) ** (Decimal(-1) / DAYS_A_YEAR)
        return sum((cents * daily**days for days, cents in terms), Decimal(0))


def _rate(gain: int, base: int) -> Decimal | None:
    return _rounded(Decimal(gain) / base) if base > 0 else None


def _rounded(rate: Decimal) -> Decimal:
    return unsigned_zero(rate.quantize(_STEP, rounding=ROUND_HALF_EVEN))
