"""GET /api/operator/credit-payouts: credits on closed accounts, to be paid out manually, newest first."""

from trading.operators.read_wiring import payouts
from trading.operators.replies import PayoutList, PayoutReply
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, CursorParam, Limit, OperatorCaller, http_api
from trading.platform.pages import page_start

app = http_api()
SCOPE = "credit-payouts"


@app.get("/api/operator/credit-payouts")
def list_credit_payouts(
    operator: OperatorCaller, limit: Limit = DEFAULT_LIMIT, cursor: CursorParam = None
) -> PayoutList:
    """List payouts of everybody, those that are due and those that were paid."""
    page = payouts().page(after=page_start(operator, SCOPE, cursor), limit=limit)
    following = cursors.encode(operator, SCOPE, page.next_after) if page.next_after else None
    return PayoutList(items=[PayoutReply.of(payout) for payout in page.payouts], next_cursor=following)


lambda_handler = app.lambda_handler
