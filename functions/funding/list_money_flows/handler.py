"""GET /api/money-flows: the caller's deposits and withdrawals, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.brokerage.models import Direction
from trading.funding.money_flows.models import FlowStatus
from trading.funding.read_wiring import flow_store
from trading.funding.replies import MoneyFlowList, MoneyFlowReply
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()


@app.get("/api/money-flows")
def list_money_flows(
    caller: Caller,
    direction: Annotated[Direction | None, Query()] = None,
    status: Annotated[FlowStatus | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> MoneyFlowList:
    """List money flows, all or those of a direction or status."""
    scope = f"money-flows:{direction}:{status}"
    after = page_start(caller, scope, cursor)
    page = flow_store().page(caller, direction=direction, status=status, after=after, limit=limit)
    following = cursors.encode(caller, scope, page.next_after) if page.next_after else None
    return MoneyFlowList(items=[MoneyFlowReply.of(flow) for flow in page.flows], next_cursor=following)


lambda_handler = app.lambda_handler
