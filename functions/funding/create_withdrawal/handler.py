"""POST /api/withdrawals: move money from the trading account to a linked bank account."""

from aws_lambda_powertools.event_handler import Response

from trading.brokerage.models import Direction
from trading.funding.replies import FlowBody, MoneyFlowReply
from trading.funding.wiring import money_flow_service
from trading.platform.http import REPLAYED, IdempotencyKey, RecentlySignedIn, http_api

app = http_api()


@app.post("/api/withdrawals", status_code=201)
def create_withdrawal(request: FlowBody, caller: RecentlySignedIn, key: IdempotencyKey) -> Response[MoneyFlowReply]:
    """Begin a withdrawal, once per key."""
    flow, replayed = money_flow_service().start(request.to_request(caller, Direction.WITHDRAWAL, key))
    headers = {REPLAYED: "true"} if replayed else {}
    return Response(status_code=201, content_type="application/json", body=MoneyFlowReply.of(flow), headers=headers)


lambda_handler = app.lambda_handler
