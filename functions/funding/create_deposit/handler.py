"""POST /api/deposits: move money from a linked bank account to the trading account."""

from aws_lambda_powertools.event_handler import Response

from trading.brokerage.models import Direction
from trading.funding.replies import FlowBody, MoneyFlowReply
from trading.funding.wiring import money_flow_service
from trading.platform.http import Caller, IdempotencyKey, http_api, replayable

app = http_api()


@app.post("/api/deposits", status_code=201)
def create_deposit(request: FlowBody, caller: Caller, key: IdempotencyKey) -> Response[MoneyFlowReply]:
    """Begin a deposit, once per key."""
    flow, replayed = money_flow_service(asks_banks=True).start(request.to_request(caller, Direction.DEPOSIT, key))
    return replayable(MoneyFlowReply.of(flow), status=201, replayed=replayed)


lambda_handler = app.lambda_handler
