"""GET /api/portfolios/{portfolio_id}/sessions: trading days of a portfolio, newest first."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.day_trading.models import Session, SessionStatus
from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.fields import Day, Dollars, Reply
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.money import to_dollars
from trading.platform.pages import next_cursor, page_start

app = http_api()


class SkippedCandidate(Reply):
    """A candidate that was not bought, and why."""

    symbol: str
    reason: str


class SessionReply(Reply):
    """One trading day. `flat` says that the close was proven; `pnl` is the session's cash change."""

    trade_date: date
    status: str
    planned: int
    opened: int
    closed: int
    skipped: list[SkippedCandidate]
    pnl: Dollars
    flat: bool

    @classmethod
    def of(cls, session: Session) -> "SessionReply":
        """Return the reply that shows a session."""
        return cls(
            trade_date=session.trade_date,
            status=session.status.value,
            planned=session.planned,
            opened=session.opened,
            closed=session.closed,
            skipped=[SkippedCandidate(symbol=skip.symbol, reason=skip.reason.value) for skip in session.skipped],
            pnl=to_dollars(session.pnl_cents),
            flat=session.flat,
        )


class SessionList(Reply):
    """A page of sessions."""

    items: list[SessionReply]
    next_cursor: str | None


@app.get("/api/portfolios/<portfolio_id>/sessions")
def list_sessions(  # noqa: PLR0913, PLR0917 - a list's filters
    portfolio_id: str,
    caller: Caller,
    day: Annotated[Day | None, Query(alias="date")] = None,
    status: Annotated[SessionStatus | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> SessionList:
    """List a portfolio's sessions, of a day or a status."""
    service = portfolio_service()
    key = service.get(portfolio_key(caller, portfolio_id)).key
    scope = f"sessions:{key.text}:{day}:{status}"
    page = service.books.sessions(key, day=day, status=status, after=page_start(caller, scope, cursor), limit=limit)
    items = [SessionReply.of(session) for session in page.items]
    return SessionList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
