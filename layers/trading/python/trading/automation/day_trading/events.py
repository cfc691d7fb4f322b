"""What the trading day tells of: events for the outbox, each with the same id however often it is told."""

from collections.abc import Iterator
from datetime import date

from trading.automation.day_trading.entries import Step
from trading.automation.day_trading.models import Session, SessionStatus
from trading.automation.portfolios.models import Portfolio
from trading.platform.outbox import OutboxEvent

ANNOUNCED = {"target_hit": "target_hit", "stop_hit": "stop_hit", "closing": "close_delayed"}
"""Events by the exit reason, or else the status, that a position moved to."""


def announced(step: Step) -> Iterator[OutboxEvent]:
    """Yield what a step tells the owner: a target or stop that was hit, a close that waits for a quote."""
    position = step.decision.position
    name = position.exit_reason.value if position.exit_reason else position.status.value
    if name in ANNOUNCED:
        yield _event(ANNOUNCED[name], step.portfolio, position.trade_date, symbol=position.symbol)


def summary(portfolio: Portfolio, session: Session) -> OutboxEvent:
    """Return what tells how a day went."""
    figures = {"opened": session.opened, "closed": session.closed, "pnl_cents": session.pnl_cents}
    return _event("session_summary", portfolio, session.trade_date, **figures)


def trouble(portfolio: Portfolio, session: Session) -> tuple[OutboxEvent, ...]:
    """Return what tells that a day was missed or had nothing to go by, if so."""
    if session.status not in {SessionStatus.MISSED, SessionStatus.NO_SIGNALS}:
        return ()
    return (_event(f"session_{session.status.value}", portfolio, session.trade_date),)


def proof_failed(portfolio: Portfolio, session: Session) -> OutboxEvent:
    """Return what tells that a session's book and ledger do not agree."""
    return _event("proof_failed", portfolio, session.trade_date)


def _event(name: str, portfolio: Portfolio, trade_date: date, **details: str | int) -> OutboxEvent:
    key = portfolio.key
    payload: dict[str, str | int] = {"owner": key.owner, "portfolio_id": key.portfolio_id}
    payload |= {"portfolio_name": portfolio.name, "trade_date": trade_date.isoformat(), **details}
    subject = "#".join((key.text, trade_date.isoformat(), str(details.get("symbol", ""))))
    return OutboxEvent(name, subject, payload)
