"""Limits of orders: how large, how many, refused how often, and paid by what is settled. No I/O, no clock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from trading.automation.rails.models import Block, Proceeds, RailName, RailState
from trading.brokerage.halts import HaltStrength

MAX_VOLUME_SHARE = Decimal("0.005")
"""An order is at most this share of what is traded in a symbol on a usual day."""

MAX_ORDERS_A_MINUTE = 60
MAX_REFUSALS, REFUSALS_WITHIN = 3, timedelta(minutes=5)
PROCEEDS_KEPT_FOR = timedelta(days=10)
"""Longer than anything takes to settle."""


def max_order_dollars(max_order_cents: int | None, dollars_a_day: Decimal | None) -> Decimal | None:
    """Return the most that an order may be worth: the setting, and a share of the day's volume where it is known."""
    known = dollars_a_day is not None and dollars_a_day.is_finite()
    by_volume = dollars_a_day * MAX_VOLUME_SHARE if known and dollars_a_day is not None else None
    by_setting = Decimal(max_order_cents) / 100 if max_order_cents is not None else None
    return min((limit for limit in (by_volume, by_setting) if limit is not None), default=None)


def after_refusal(state: RailState, at: datetime) -> RailState:
    """Return the state after the broker refused an order: the third in five minutes stops entries."""
    refusals = (*(moment for moment in state.refusals if at - moment < REFUSALS_WITHIN), at)
    kept = replace(state, refusals=refusals[-MAX_REFUSALS:])
    if len(refusals) < MAX_REFUSALS:
        return kept
    reason = f"The broker refused {len(refusals)} orders within five minutes. Entries stop until you resume."
    block = Block(
        RailName.RATE,
        at,
        reason,
        value=Decimal(len(refusals)),
        limit=Decimal(MAX_REFUSALS),
        strength=HaltStrength.NO_NEW_ENTRIES,
    )
    return kept.with_block(block, at)


def after_sale(state: RailState, day: date, cents: int) -> RailState:
    """Return the state after a sale brought in cash that settles later."""
    known = {kept.day: kept.cents for kept in state.proceeds if day - kept.day < PROCEEDS_KEPT_FOR}
    known[day] = known.get(day, 0) + cents
    return replace(state, proceeds=tuple(Proceeds(sold_on, known[sold_on]) for sold_on in sorted(known)))


def settled_cents(state: RailState, cash_cents: int, today: date, settles_on: Callable[[date], date]) -> int:
    """Return the part of the cash that is settled on a day."""
    waiting = sum(kept.cents for kept in state.proceeds if settles_on(kept.day) > today)
    return max(0, min(cash_cents, cash_cents - waiting))
