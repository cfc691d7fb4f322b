"""GET /api/portfolios/{portfolio_id}/snapshots: what a portfolio was worth at each close, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.value_replies import SnapshotList, SnapshotReply
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.fields import Day
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import next_cursor, page_start

app = http_api()


@app.get("/api/portfolios/<portfolio_id>/snapshots")
def list_snapshots(
    portfolio_id: str,
    caller: Caller,
    day: Annotated[Day | None, Query(alias="date")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> SnapshotList:
    """List a portfolio's snapshots."""
    service = portfolio_service()
    key = service.get(portfolio_key(caller, portfolio_id)).key
    scope = f"snapshots:{key.text}:{day}"
    page = service.store.snapshots(key, day=day, after=page_start(caller, scope, cursor), limit=limit)
    items = [SnapshotReply.of(snapshot) for snapshot in page.items]
    return SnapshotList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
