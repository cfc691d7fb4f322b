"""Events of the trading day, for the outbox: each has the same id however often it is written."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from trading.automation.day_trading.entries import Step
from trading.automation.events import (
    CloseDelayed,
    PositionEvent,
    ProofFailed,
    SessionEvent,
    SessionMissed,
    SessionNoEdge,
    SessionNoSignals,
    SessionSummary,
    StopHit,
    TargetHit,
)
from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.positions import ExitReason, PositionStatus
from trading.automation.portfolios.sessions import Session, SessionStatus
from trading.platform.outbox import OutboxEvent

ANNOUNCED: Mapping[ExitReason | PositionStatus, type[PositionEvent]] = {
    ExitReason.TARGET_HIT: TargetHit,
    ExitReason.STOP_HIT: StopHit,
    PositionStatus.CLOSING: CloseDelayed,
}
"""Events by the exit reason, or else the status, that a position moved to."""

TROUBLE: Mapping[SessionStatus, type[SessionEvent]] = {
    SessionStatus.MISSED: SessionMissed,
    SessionStatus.NO_SIGNALS: SessionNoSignals,
    SessionStatus.NO_EDGE: SessionNoEdge,
}


def announced(step: Step) -> Iterator[OutboxEvent]:
    """Yield what a step notifies the owner of: a target or stop that was hit, a close that waits for a quote."""
    position, portfolio = step.decision.position, step.portfolio
    record = ANNOUNCED.get(position.exit_reason or position.status)
    if record is not None:
        event = record(**_common(portfolio, position.trade_date), symbol=position.symbol)
        yield OutboxEvent(event, _subject(portfolio, position.trade_date, position.symbol))


def summary(portfolio: Portfolio, session: Session) -> OutboxEvent:
    """Return the event that sums a day up."""
    figures = {"opened": session.opened, "closed": session.closed, "pnl_cents": session.pnl_cents}
    event = SessionSummary(**_common(portfolio, session.trade_date), **figures)
    return OutboxEvent(event, _subject(portfolio, session.trade_date))


def trouble(portfolio: Portfolio, session: Session) -> tuple[OutboxEvent, ...]:
    """Return the event of a day that was missed, or had nothing to go by, or nothing that is proven, if so."""
    record = TROUBLE.get(session.status)
    return (_event(record, portfolio, session),) if record is not None else ()


def proof_failed(portfolio: Portfolio, session: Session) -> OutboxEvent:
    """Return the event of a session whose positions and ledger do not agree."""
    return _event(ProofFailed, portfolio, session)


def _event(record: type[SessionEvent], portfolio: Portfolio, session: Session) -> OutboxEvent:
    event = record(**_common(portfolio, session.trade_date))
    return OutboxEvent(event, _subject(portfolio, session.trade_date))


def _common(portfolio: Portfolio, trade_date: date) -> dict[str, Any]:
    key = portfolio.key
    return {
        "owner": key.owner,
        "portfolio_id": key.portfolio_id,
        "portfolio_name": portfolio.name,
        "trade_date": trade_date,
    }


def _subject(portfolio: Portfolio, trade_date: date, symbol: str = "") -> str:
    return "#".join((portfolio.key.text, trade_date.isoformat(), symbol))
