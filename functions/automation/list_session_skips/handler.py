"""GET /api/portfolios/{portfolio_id}/sessions/{date}/skips: every candidate that a day did not buy, and why."""

from trading.automation.day_trading.read_wiring import reason_store
from trading.automation.day_trading.replies import SkipList
from trading.automation.day_trading.skips import skips_of
from trading.automation.portfolios.replies import SkippedCandidate, portfolio_key, trade_date_of
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.errors import NotFound
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import next_cursor, page_start

app = http_api()


@app.get("/api/portfolios/<portfolio_id>/sessions/<date>/skips")
def list_session_skips(
    portfolio_id: str,
    date: str,
    caller: Caller,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> SkipList:
    """List why a session did not buy: the portfolio's own reasons first, then those of the whole exchange."""
    service, day = portfolio_service(), trade_date_of(date)
    key = service.get(portfolio_key(caller, portfolio_id)).key
    found = service.sessions.sessions(key, day=day, after=None, limit=1).items
    if not found:
        raise NotFound("There is no such session.")
    scope = f"skips:{key.text}:{day}"
    page = skips_of(found[0], reason_store(), after=page_start(caller, scope, cursor), limit=limit)
    items = [SkippedCandidate.of(skip) for skip in page.items]
    return SkipList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
