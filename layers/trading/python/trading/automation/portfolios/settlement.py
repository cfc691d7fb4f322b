"""Settlement: what a session came to, and the proof that it ended flat. No I/O."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from trading.automation.portfolios.positions import UNFINISHED, PortfolioState, Position, PositionStatus
from trading.automation.portfolios.sessions import SETTLED, Session, SessionStatus, Skipped
from trading.ledger.models import Entry
from trading.ledger.service import follows


def tally(session: Session, positions: Iterable[Position]) -> Session:
    """Return a session with its counts, reasons and P&L taken from its positions.

    Everything is derived anew, so a step that died halfway and is repeated counts nothing twice.
    The P&L is the cash change of the positions that are closed: proceeds less cost, commissions
    included. Once a session is flat, that is the session's cash change.
    """
    own = [position for position in positions if position.trade_date == session.trade_date]
    symbols = {position.symbol for position in own}
    kept = tuple(skip for skip in session.skipped if skip.symbol not in symbols)
    cancelled = tuple(Skipped(position.symbol, position.skip) for position in own if position.skip is not None)
    return replace(
        session,
        opened=sum(position.was_opened for position in own),
        closed=sum(position.status is PositionStatus.CLOSED for position in own),
        skipped=kept + cancelled,
        pnl_cents=sum(
            position.proceeds_cents - position.cost_cents
            for position in own
            if position.status is PositionStatus.CLOSED
        ),
    )


def is_unfinished(position: Position) -> bool:
    """Say whether a position still waits for its entry or owns shares."""
    return position.status in UNFINISHED


def is_proven_flat(state: PortfolioState, session: Session, entries: tuple[Entry, ...]) -> bool:
    """Say whether a session left nothing open and the ledger leads from its opening to the cash.

    Entries later than the portfolio that was read belong to a later state and are left out.
    """
    if any(is_unfinished(position) for position in state.of(session.trade_date)):
        return False
    known = [entry for entry in entries if session.opening.seq < entry.seq <= state.portfolio.journal_seq]
    return follows(session.opening, known, state.portfolio.cash_cents)


def settled(state: PortfolioState, session: Session) -> Session:
    """Return a session closed and flat."""
    return replace(tally(session, state.positions), status=SessionStatus.CLOSED, flat=True)


def unsettled(state: PortfolioState, *, through: date) -> tuple[Session, ...]:
    """Return the sessions up to a day that are not settled yet, oldest first."""
    found = (s for s in state.sessions if s.status not in SETTLED and s.trade_date <= through)
    return tuple(sorted(found, key=lambda session: session.trade_date))
