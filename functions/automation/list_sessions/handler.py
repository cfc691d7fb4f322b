"""GET /api/portfolios/{portfolio_id}/sessions: trading days of a portfolio, newest first."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.day_trading.read_wiring import reason_store
from trading.automation.portfolios.replies import SkippedCandidate, portfolio_key
from trading.automation.portfolios.sessions import Session, SessionStatus, Skipped
from trading.automation.portfolios.wiring import portfolio_service
from trading.automation.rails.replies import BlockReply
from trading.platform.fields import Day, Dollars, Reply
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.money import to_dollars
from trading.platform.pages import next_cursor, page_start
from trading.signals.gate import Edge

app = http_api()


class SessionReply(Reply):
    """One trading day. `flat` says that the close was proven; `pnl` is the session's cash change.

    `skipped` holds the portfolio's own reasons and at most 100 of those of the whole exchange, `skipped_total`
    counts all of them. `edge` is the mark of the recommendations that it was planned by.
    `blocks` are the rails that kept it from buying.
    """

    trade_date: date
    status: str
    planned: int
    opened: int
    closed: int
    skipped: list[SkippedCandidate]
    skipped_total: int
    pnl: Dollars
    flat: bool
    edge: Edge | None
    blocks: list[BlockReply]

    @classmethod
    def of(cls, session: Session, shared: Sequence[Skipped]) -> "SessionReply":
        """Return the reply that shows a session, with some of the reasons that it shares."""
        return cls(
            trade_date=session.trade_date,
            status=session.status.value,
            planned=session.planned,
            opened=session.opened,
            closed=session.closed,
            skipped=[SkippedCandidate.of(skip) for skip in (*session.skipped, *shared)],
            skipped_total=session.skipped_total,
            pnl=to_dollars(session.pnl_cents),
            flat=session.flat,
            edge=session.edge,
            blocks=[BlockReply.of(block) for block in session.blocks],
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
    page = service.sessions.sessions(key, day=day, status=status, after=page_start(caller, scope, cursor), limit=limit)
    shared = reason_store().beginnings(page.items)
    items = [SessionReply.of(session, shared.get(session.trade_date, ())) for session in page.items]
    return SessionList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
