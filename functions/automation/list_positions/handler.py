"""GET /api/portfolios/{portfolio_id}/positions: day-trading positions, newest day first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.day_trading.replies import PositionList, PositionReply
from trading.automation.portfolios.positions import PositionStatus
from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.fields import Day
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import next_cursor, page_start

app = http_api()


@app.get("/api/portfolios/<portfolio_id>/positions")
def list_positions(  # noqa: PLR0913, PLR0917 - a list's filters
    portfolio_id: str,
    caller: Caller,
    day: Annotated[Day | None, Query(alias="date")] = None,
    status: Annotated[PositionStatus | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> PositionList:
    """List a portfolio's positions, of a day or a status."""
    service = portfolio_service()
    key = service.get(portfolio_key(caller, portfolio_id)).key
    scope = f"positions:{key.text}:{day}:{status}"
    page = service.sessions.positions(key, day=day, status=status, after=page_start(caller, scope, cursor), limit=limit)
    items = [PositionReply.of(position) for position in page.items]
    return PositionList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
