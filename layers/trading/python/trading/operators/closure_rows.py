"""Closures in the table `markets`, each change written with its audit record in one transaction."""

from datetime import date, datetime

from trading.markets.models import Exchange
from trading.markets.store import closure_row
from trading.platform.audit import Audit, put_audit_in
from trading.platform.tables import Transaction


def put_closure(exchange: Exchange, day: date, closes_at: datetime | None, audit: Audit, at: datetime) -> None:
    """Write a closure, from a moment on or for the whole day."""
    transaction = Transaction()
    transaction.put(closure_row(exchange, day, closes_at), label="closure")
    put_audit_in(transaction, _audited(exchange, day), audit, action="close_exchange", at=at)
    transaction.commit()


def lift_closure(exchange: Exchange, day: date, audit: Audit, at: datetime) -> None:
    """Take a closure back, whether there is one or not."""
    transaction = Transaction()
    transaction.delete(closure_row(exchange, day), label="closure")
    put_audit_in(transaction, _audited(exchange, day), audit, action="reopen_exchange", at=at)
    transaction.commit()


def _audited(exchange: Exchange, day: date) -> str:
    return f"operator#closures#{exchange.code}#{day.isoformat()}"
