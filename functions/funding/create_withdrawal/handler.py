"""POST /api/withdrawals: move money from the trading account to a linked bank account."""

from aws_lambda_powertools.event_handler import Response

from trading.brokerage.models import Direction
from trading.funding.replies import FlowBody, MoneyFlowReply
from trading.funding.wiring import money_flow_service
from trading.platform.http import IdempotencyKey, RecentlySignedIn, http_api, replayable

app = http_api()


@app.post("/api/withdrawals", status_code=201)
def create_withdrawal(request: FlowBody, caller: RecentlySignedIn, key: IdempotencyKey) -> Response[MoneyFlowReply]:
    """Begin a withdrawal, once per key."""
    flow, replayed = money_flow_service().start(request.to_request(caller, Direction.WITHDRAWAL, key))
    return replayable(MoneyFlowReply.of(flow), status=201, replayed=replayed)


lambda_handler = app.lambda_handler
