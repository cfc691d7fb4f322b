"""Progress: what a chunk of steps writes, and what sessions and marks come to by it. No I/O.

Each chunk is written with the sessions that it concerns, so that a step that dies between two chunks
leaves a session that says what was done until then.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from trading.automation.day_trading import outbox
from trading.automation.day_trading.entries import Step
from trading.automation.portfolios import block_events
from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.positions import Change, PortfolioState, Position, PositionStatus
from trading.automation.portfolios.sessions import SETTLED, Session, SessionStatus, Skip
from trading.automation.portfolios.settlement import is_unfinished, tally, unsettled
from trading.automation.rails.models import Block
from trading.markets.calendar import close_starts_at
from trading.markets.models import TradingDay

MAX_ITEMS_OF_STEPS = 93
"""A transaction holds 100 items; the portfolio and the conditions need their own. 45 fills of a day fit."""

ITEMS_OF_SESSION = 3
"""Its row, its place in the history, and an event."""


def in_chunks(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    """Yield steps in order, as many at once as fit into one transaction."""
    chunk: list[Step] = []
    days: set[date] = set()
    items = 0
    for step in steps:
        day = step.decision.position.trade_date
        cost = _items(step) + (0 if day in days else ITEMS_OF_SESSION)
        if chunk and items + cost > MAX_ITEMS_OF_STEPS:
            yield tuple(chunk)
            chunk, days, items = [], set(), 0
            cost = _items(step) + ITEMS_OF_SESSION
        chunk.append(step)
        days.add(day)
        items += cost
    if chunk:
        yield tuple(chunk)


def moved_on(state: PortfolioState, chunk: Sequence[Step], *, is_closing: bool) -> PortfolioState:
    """Return the state after a chunk of steps: positions moved, and the sessions concerned counted anew."""
    moved = {(step.decision.position.trade_date, step.decision.position.symbol): step for step in chunk}
    positions = tuple(
        moved[p.trade_date, p.symbol].decision.position if (p.trade_date, p.symbol) in moved else p
        for p in state.positions
    )
    days = {trade_date for trade_date, _ in moved}
    sessions = tuple(
        _progressed(session, positions, is_closing=is_closing) if session.trade_date in days else session
        for session in state.sessions
    )
    return replace(state, positions=positions, sessions=sessions)


def change_of(
    portfolio: Portfolio, chunk: Sequence[Step], sessions: Sequence[Session], blocks: Sequence[Block] = ()
) -> Change:
    """Return what the transaction of a chunk writes."""
    decisions = [step.decision for step in chunk]
    happened = [event for step in chunk for event in outbox.announced(step)]
    happened += [event for session in sessions for event in outbox.trouble(portfolio, session)]
    happened += block_events.blocked(portfolio, blocks)
    is_purchase = any(d.before is PositionStatus.PENDING and d.entry is not None for d in decisions)
    return Change(portfolio, decisions, sessions, happened, is_purchase=is_purchase, blocks=blocks)


def marked_anew(state: PortfolioState, proven: Collection[date], running: TradingDay | None) -> Portfolio:
    """Return a portfolio with the marks that fit what is left once some of its sessions are proven flat.

    The close stays due at once while anything of an earlier day or of an ended session is left, and
    waits for its hour where only the `running` session is.
    """
    left = [s.trade_date for s in unsettled(state, through=date.max) if s.trade_date not in proven]
    unfinished = [position for position in state.positions if is_unfinished(position)]
    has_entries = any(position.status is PositionStatus.PENDING for position in unfinished)
    due = state.portfolio.due if has_entries else replace(state.portfolio.due, enter_at=None)
    if not left and not unfinished:
        due = replace(due, close_at=None)
    elif running is not None and not _is_leftover(left, unfinished, running.day):
        due = replace(due, close_at=close_starts_at(running))
    portfolio = replace(state.portfolio, due=due, unsettled_since=min(left, default=None))
    return _without_order(portfolio, left, unfinished)


def _without_order(portfolio: Portfolio, left: Sequence[date], unfinished: Sequence[Position]) -> Portfolio:
    """Return a portfolio without the order to sell everything, once nothing that it names is left or unproven."""
    order = portfolio.rail_state.flatten
    days = (*left, *(position.trade_date for position in unfinished))
    if order is None or any(day <= order.through for day in days):
        return portfolio
    return replace(portfolio, rail_state=replace(portfolio.rail_state, flatten=None))


def _is_leftover(left: Sequence[date], unfinished: Sequence[Position], today: date) -> bool:
    waiting = any(p.trade_date < today or p.status is PositionStatus.CLOSING for p in unfinished)
    return waiting or any(day < today for day in left)


def _progressed(session: Session, positions: Sequence[Position], *, is_closing: bool) -> Session:
    if session.status in SETTLED:
        return tally(session, positions)
    own = [position for position in positions if position.trade_date == session.trade_date]
    is_pending = any(position.status is PositionStatus.PENDING for position in own)
    was_opened = any(position.was_opened for position in own)
    if is_pending and not was_opened:
        return tally(session, positions)
    if not was_opened and all(position.skip is Skip.MISSED for position in own):
        return replace(tally(session, positions), status=SessionStatus.MISSED, flat=True)
    is_over = is_closing or session.status is SessionStatus.CLOSING
    return replace(tally(session, positions), status=SessionStatus.CLOSING if is_over else SessionStatus.OPEN)


def _items(step: Step) -> int:
    entry = step.decision.entry is not None
    return 1 + entry + sum(1 for _ in outbox.announced(step))
