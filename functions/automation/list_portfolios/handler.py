"""GET /api/portfolios: the caller's portfolios, newest first."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.portfolios.replies import PortfolioList, PortfolioReply
from trading.automation.portfolios.wiring import block_reader, portfolio_service, valuation
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()


@app.get("/api/portfolios")
def list_portfolios(
    caller: Caller,
    mode: Annotated[Literal["automated", "manual"] | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> PortfolioList:
    """List portfolios, all or those of a mode."""
    scope = f"portfolios:{mode}"
    automated = None if mode is None else mode == "automated"
    page = portfolio_service().store.page(
        caller, automated=automated, after=page_start(caller, scope, cursor), limit=limit
    )
    following = cursors.encode(caller, scope, page.next_after) if page.next_after else None
    portfolios, blocks = valuation().of_all(page.portfolios), block_reader().of_owner(caller)
    items = [PortfolioReply.of(portfolio, blocks(portfolio)) for portfolio in portfolios]
    return PortfolioList(items=items, next_cursor=following)


lambda_handler = app.lambda_handler
