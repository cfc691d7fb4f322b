"""GET /api/portfolios/{portfolio_id}/sessions: trading days of a portfolio, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.day_trading.read_wiring import reason_store
from trading.automation.day_trading.replies import SessionList, SessionReply
from trading.automation.portfolios.blocks import ShownBlocks
from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.sessions import SessionStatus
from trading.automation.portfolios.wiring import block_reader, portfolio_service
from trading.platform.fields import Day
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import next_cursor, page_start

app = http_api()


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
    portfolio = service.get(portfolio_key(caller, portfolio_id))
    key = portfolio.key
    scope = f"sessions:{key.text}:{day}:{status}"
    page = service.sessions.sessions(key, day=day, status=status, after=page_start(caller, scope, cursor), limit=limit)
    shared = reason_store().beginnings(page.items)
    blocks = block_reader().of(portfolio) if any(session.blocks for session in page.items) else ShownBlocks()
    items = [SessionReply.of(session, shared.get(session.trade_date, ()), blocks) for session in page.items]
    return SessionList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
