"""GET /api/portfolios/{portfolio_id}/transactions: every movement of a portfolio's money, newest first."""

from trading.automation.portfolios.replies import TransactionList, TransactionReply, portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api

app = http_api()


@app.get("/api/portfolios/<portfolio_id>/transactions")
def list_transactions(
    portfolio_id: str, caller: Caller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None
) -> TransactionList:
    """List a portfolio's transactions."""
    service = portfolio_service()
    state = service.get(portfolio_key(caller, portfolio_id)).key.text
    scope = f"transactions:{state}"
    before = cursors.decode(caller, scope, cursor)
    found = service.journal.page(state, before=int(before) if before is not None else None, limit=limit + 1)
    page = found[:limit]
    following = cursors.encode(caller, scope, page[-1].seq) if len(found) > limit else None
    return TransactionList(items=[TransactionReply.of(entry) for entry in page], next_cursor=following)


lambda_handler = app.lambda_handler
