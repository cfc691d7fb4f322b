"""What an owner's requests do to positions and sessions. No I/O."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from trading.automation.portfolios.models import DueMarks, Posting
from trading.automation.portfolios.positions import Change, Decision, PortfolioState, PositionStatus
from trading.automation.portfolios.sessions import SETTLED, Session, SessionStatus, Skip
from trading.automation.portfolios.settlement import tally
from trading.ledger.models import Trade
from trading.platform.errors import Conflict
from trading.platform.money import amount_cents


def switched_off(state: PortfolioState, now: datetime) -> Change:
    """Return the change that ends a portfolio's trading: flat, and nothing pending any more.

    Raises:
        Conflict: `open_positions`, with how many.
    """
    held = state.held
    if held:
        raise Conflict(
            f"{len(held)} positions are open; they are sold 30 minutes before the close.", code="open_positions"
        )
    pending = tuple(position for position in state.positions if position.status is PositionStatus.PENDING)
    decisions = tuple(Decision(p.status, p.cancelled(Skip.AUTOMATION_OFF, now)) for p in pending)
    days = {decision.position.trade_date for decision in decisions}
    ended = tuple(
        replace(session, status=SessionStatus.CLOSED, flat=True) if session.status is SessionStatus.PLANNED else session
        for session in recounted(state, decisions)
        if session.trade_date in days
    )
    after = {session.trade_date: session for session in (*state.sessions, *ended)}
    left = [day for day, session in after.items() if session.status not in SETTLED]
    due = DueMarks(close_at=state.portfolio.due.close_at or now) if left else DueMarks()
    return Change(replace(state.portfolio, due=due, unsettled_since=min(left, default=None)), decisions, ended)


def recounted(state: PortfolioState, decisions: tuple[Decision, ...]) -> tuple[Session, ...]:
    """Return the sessions that decisions touch, counted anew."""
    moved = {(d.position.trade_date, d.position.symbol): d.position for d in decisions}
    positions = [moved.get((p.trade_date, p.symbol), p) for p in state.positions]
    days = {trade_date for trade_date, _ in moved}
    return tuple(tally(session, positions) for session in state.sessions if session.trade_date in days)


def sold_manually(state: PortfolioState, trade: Trade, now: datetime) -> tuple[Posting, tuple[Decision, ...]]:
    """Return the posting of a manual sale: shares bought manually first, then those of positions, oldest first."""
    holding = state.portfolio.holdings.get(trade.symbol)
    from_positions = max(Decimal(0), trade.quantity - holding.manual_quantity) if holding else Decimal(0)
    posting = state.portfolio.sold(trade, now, from_positions=from_positions)
    decisions = tuple(_reduced(state, trade, from_positions, now))
    closed = sum(decision.position.status is PositionStatus.CLOSED for decision in decisions)
    left = posting.portfolio.open_positions - closed
    return replace(posting, portfolio=replace(posting.portfolio, open_positions=left)), decisions


def _reduced(state: PortfolioState, trade: Trade, left: Decimal, now: datetime) -> Iterator[Decision]:
    for position in state.held:
        shares = min(position.shares, left)
        if position.symbol == trade.symbol and shares:
            left -= shares
            proceeds = amount_cents(shares, trade.price)
            yield Decision(position.status, position.reduced_manually(shares, trade.price, proceeds, now))
