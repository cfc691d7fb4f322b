"""What an owner's acts do to positions and sessions. No I/O."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from trading.automation.day_trading import entries, exits
from trading.automation.day_trading.models import SETTLED, Book, Decision, PositionStatus, Session, SessionStatus, Skip
from trading.automation.day_trading.ports import Change
from trading.automation.day_trading.settlement import tally
from trading.automation.portfolios.models import DueMarks, Posting
from trading.ledger.models import Trade
from trading.platform.errors import Conflict
from trading.platform.money import amount_cents


def stopped(book: Book, now: datetime) -> Change:
    """Return the change that ends a portfolio's trading: flat, and nothing pending any more.

    Raises:
        Conflict: `open_positions`, with how many.
    """
    held = book.held
    if held:
        raise Conflict(
            f"{len(held)} positions are open; they are sold 30 minutes before the close.", code="open_positions"
        )
    pending = tuple(position for position in book.positions if position.status is PositionStatus.PENDING)
    steps = tuple(entries.give_up(book.portfolio, pending, Skip.AUTOMATION_OFF, now))
    decisions = tuple(step.decision for step in steps)
    days = {decision.position.trade_date for decision in decisions}
    ended = tuple(
        replace(session, status=SessionStatus.CLOSED, flat=True) if session.status is SessionStatus.PLANNED else session
        for session in retold(book, decisions)
        if session.trade_date in days
    )
    after = {session.trade_date: session for session in (*book.sessions, *ended)}
    left = [day for day, session in after.items() if session.status not in SETTLED]
    due = DueMarks(close_at=book.portfolio.due.close_at or now) if left else DueMarks()
    return Change(replace(book.portfolio, due=due, unsettled_since=min(left, default=None)), decisions, ended)


def retold(book: Book, decisions: tuple[Decision, ...]) -> tuple[Session, ...]:
    """Return the sessions that decisions touch, counted anew."""
    moved = {(d.position.trade_date, d.position.symbol): d.position for d in decisions}
    positions = [moved.get((p.trade_date, p.symbol), p) for p in book.positions]
    days = {trade_date for trade_date, _ in moved}
    return tuple(tally(session, positions) for session in book.sessions if session.trade_date in days)


def sold_by_hand(book: Book, trade: Trade, now: datetime) -> tuple[Posting, tuple[Decision, ...]]:
    """Return the posting of a sale by hand: hand-bought shares first, then those of positions, oldest first."""
    holding = book.portfolio.holdings.get(trade.symbol)
    given_up = max(Decimal(0), trade.quantity - holding.by_hand) if holding else Decimal(0)
    posting = book.portfolio.sold(trade, now, from_positions=given_up)
    decisions = tuple(_reduced(book, trade, given_up, now))
    closed = sum(decision.position.status is PositionStatus.CLOSED for decision in decisions)
    left = posting.portfolio.open_positions - closed
    return replace(posting, portfolio=replace(posting.portfolio, open_positions=left)), decisions


def _reduced(book: Book, trade: Trade, given_up: Decimal, now: datetime) -> Iterator[Decision]:
    for position in book.held:
        shares = min(position.shares, given_up)
        if position.symbol == trade.symbol and shares:
            given_up -= shares
            proceeds = amount_cents(shares, trade.price)
            yield Decision(position.status, exits.by_hand(position, shares, trade.price, proceeds, now))
