"""Positions and sessions in DynamoDB, beside their portfolio."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.ports import BuyingRestricted
from trading.automation.portfolios.positions import Change, PortfolioState, Position, PositionStatus
from trading.automation.portfolios.rows import (
    RECORD,
    Row,
    partition,
    position_row,
    position_sk,
    put_blocks,
    put_change,
    put_record,
    put_session,
    session_sk,
)
from trading.automation.portfolios.sessions import Session, SessionStatus
from trading.automation.rails.models import Block
from trading.brokerage.halt_rows import (
    RESTRICTION_LABEL,
    TRADING_HALT_LABEL,
    check_may_buy,
    check_may_enter,
)
from trading.history.models import BLOCKED
from trading.platform.documents import load
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.pages import Page, page_of, scanned
from trading.platform.tables import MAX_ITEMS, ConditionFailed, Transaction

POSITIONS_WITH_SESSION = 90
"""How many positions fit into one transaction beside record, session and events."""


T = TypeVar("T", Position, Session)


class DynamoSessionStore:
    """Positions and sessions of one portfolio."""

    def load(self, key: PortfolioKey, today: date) -> PortfolioState | None:
        """Return a portfolio with its positions and sessions since the last settled day, strongly consistent."""
        state = _read_state(key, since=today)
        if state is not None and state.portfolio.unsettled_since and state.portfolio.unsettled_since < today:
            return _read_state(key, since=state.portfolio.unsettled_since)
        return state

    def save_plan(
        self,
        state: PortfolioState,
        positions: Sequence[Position],
        session: Session,
        events: Sequence[OutboxEvent] = (),
        blocks: Sequence[Block] = (),
    ) -> None:
        """Write positions first and the session last; leftovers of a plan that died midway are replaced."""
        wanted = {position.symbol for position in positions}
        stale = [old for old in state.of(session.trade_date) if old.symbol not in wanted]
        early = [*stale, *positions][POSITIONS_WITH_SESSION:]
        for at in range(0, len(early), MAX_ITEMS):
            _write_early(state.portfolio, early[at : at + MAX_ITEMS], wanted)
        transaction = Transaction()
        put_record(transaction, state.portfolio)
        for position in [*stale, *positions][:POSITIONS_WITH_SESSION]:
            _put_or_drop(transaction, state.portfolio, position, wanted)
        put_session(transaction, state.key, session, Row.pk.does_not_exist())
        put_blocks(transaction, state.key, blocks, BLOCKED)
        for event in events:
            put_event(transaction, event)
        transaction.commit()

    def commit(self, change: Change) -> Portfolio:
        """Write a change in one transaction and return the portfolio as written."""
        transaction = Transaction()
        owner, text = change.portfolio.key.owner, change.portfolio.key.text
        if change.is_purchase:
            check_may_enter(transaction, owner, text)
        if change.is_manual_purchase:
            check_may_buy(transaction, owner, text)
        written = put_change(transaction, change)
        try:
            transaction.commit()
        except ConditionFailed as error:
            if {RESTRICTION_LABEL, TRADING_HALT_LABEL} & error.labels:
                raise BuyingRestricted from error
            raise
        return written

    def positions(
        self,
        key: PortfolioKey,
        *,
        day: date | None,
        after: str | None,
        limit: int,
        status: PositionStatus | None = None,
    ) -> Page[Position]:
        """Return a page of positions, newest day first."""
        first = position_sk(day) if day else "position#"
        bounds, budget = Row.sk.between(first, after or f"{first}~"), scanned(limit, status)
        rows = Row.query(partition(key), bounds, scan_index_forward=False, consistent_read=True, limit=budget + 2)
        return _page(rows, Position, after=after, status=status, limit=limit)

    def sessions(
        self, key: PortfolioKey, *, day: date | None, after: str | None, limit: int, status: SessionStatus | None = None
    ) -> Page[Session]:
        """Return a page of sessions, newest first."""
        first, last = (session_sk(day), session_sk(day)) if day else (after or "session#", "session#~")
        budget = scanned(limit, status)
        rows = Row.query(partition(key), Row.sk.between(first, last), consistent_read=True, limit=budget + 2)
        return _page(rows, Session, after=after, status=status, limit=limit)


def _read_state(key: PortfolioKey, *, since: date) -> PortfolioState | None:
    rows = Row.query(partition(key), Row.sk.between(position_sk(since), session_sk(since)), consistent_read=True)
    portfolio: Portfolio | None = None
    positions, sessions = [], []
    for row in rows:
        if row.sk == RECORD:
            portfolio = load(Portfolio, row.document)
        elif row.sk.startswith("position#"):
            positions.append(load(Position, row.document))
        else:
            sessions.append(load(Session, row.document))
    if portfolio is None or portfolio.deleted_at is not None:
        return None
    return PortfolioState(portfolio, tuple(positions), tuple(sessions))


def _write_early(portfolio: Portfolio, positions: Sequence[Position], wanted: set[str]) -> None:
    transaction = Transaction()
    for position in positions:
        _put_or_drop(transaction, portfolio, position, wanted)
    transaction.commit()


def _put_or_drop(transaction: Transaction, portfolio: Portfolio, position: Position, wanted: set[str]) -> None:
    unfilled = Row.pk.does_not_exist() | (Row.status == "pending")
    row = position_row(portfolio, position)
    if position.symbol in wanted:
        transaction.put(row, unfilled, label="position")
    else:
        transaction.delete(row, unfilled, label="position")


def _page(rows: Iterable[Row], kind: type[T], *, after: str | None, status: str | None, limit: int) -> Page[T]:
    others = ((row.sk, row) for row in rows if row.sk != after)
    page = page_of(
        others, limit=limit, budget=scanned(limit, status), is_wanted=lambda row: status in {None, row.status}
    )
    return Page(tuple(load(kind, row.document) for row in page.items), page.next_after)
