"""What corporate actions make of positions: of their shares, prices, stops, targets, symbols. No I/O."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from trading.automation.corporate_actions.arithmetic import Ratio, cents_of, floored
from trading.automation.corporate_actions.models import Draft, Move, starts_at
from trading.automation.portfolios.positions import ExitReason, Order, Position, PositionStatus
from trading.automation.portfolios.sessions import Skip

DIVIDEND_THAT_MOVES = Decimal("0.01")
"""From which part of its price on a dividend changes what a plan takes for the last close."""


def concerned(draft: Draft, symbol: str) -> tuple[Position, ...]:
    """Return the positions in a symbol that an action reaches: those that wait, and those held before its ex-date."""
    start = starts_at(draft.action.ex_date)
    return tuple(
        p
        for p in draft.state.positions
        if p.symbol == symbol
        and (p.status is PositionStatus.PENDING or (p.is_held and (p.opened_at is None or p.opened_at < start)))
    )


def moved(draft: Draft, positions: Iterable[Position], become: Callable[[Position], Position]) -> Draft:
    """Return a draft in which positions became others."""
    for position in positions:
        after = become(position)
        draft = draft.moved(Move(position, after)) if after != position else draft
    return draft


def converted(position: Position, ratio: Ratio, at: datetime, *, fractional: bool) -> Position:
    """Return a position after an exchange of shares; one of which nothing is left is over."""
    if position.status is PositionStatus.PENDING:
        return _pending_converted(position, ratio, at)
    shares = floored(ratio.shares(position.shares), fractional=fractional)
    after = replace(
        position,
        shares=shares,
        order=_order_converted(position.order, ratio),
        entry_price=ratio.price(position.entry_price) if position.entry_price else None,
        stop_price=ratio.price(position.stop_price) if position.stop_price else None,
        target_price=ratio.price(position.target_price) if position.target_price else None,
    )
    return after if shares else ended(after, Decimal(0), at)


def ended(position: Position, rate: Decimal, at: datetime) -> Position:
    """Return a position whose shares were turned into cash at dollars a share; one that waited is cancelled."""
    if position.status is PositionStatus.PENDING:
        return position.cancelled(Skip.NOT_TRADABLE, at)
    return replace(
        position,
        status=PositionStatus.CLOSED,
        exit_price=rate,
        exit_reason=ExitReason.DELISTED,
        proceeds_cents=position.proceeds_cents + cents_of(position.shares, rate),
        closed_at=at,
    )


def renamed(position: Position, symbol: str) -> Position:
    """Return a position under another symbol."""
    return replace(position, order=replace(position.order, symbol=symbol))


def less_dividend(position: Position, rate: Decimal) -> Position:
    """Return a position that waits, planned from a close less a dividend that moves it."""
    price = position.order.reference_price
    if position.status is not PositionStatus.PENDING or not rate > price * DIVIDEND_THAT_MOVES or rate >= price:
        return position
    return replace(position, order=replace(position.order, reference_price=price - rate))


def _pending_converted(position: Position, ratio: Ratio, at: datetime) -> Position:
    order = _order_converted(position.order, ratio)
    if not order.shares:
        return replace(position, order=order).cancelled(Skip.TOO_SMALL, at)
    return replace(position, order=order, shares=order.shares)


def _order_converted(order: Order, ratio: Ratio) -> Order:
    shares = floored(ratio.shares(order.shares), fractional=order.fractional)
    return replace(order, shares=shares, reference_price=ratio.price(order.reference_price))
