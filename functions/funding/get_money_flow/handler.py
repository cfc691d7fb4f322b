"""GET /api/money-flows/{money_flow_id}: one deposit or withdrawal of the caller."""

from trading.funding.read_wiring import flow_store
from trading.funding.replies import MoneyFlowReply
from trading.platform.errors import NotFound
from trading.platform.http import Caller, http_api
from trading.platform.ids import is_id

app = http_api()


@app.get("/api/money-flows/<money_flow_id>")
def get_money_flow(money_flow_id: str, caller: Caller) -> MoneyFlowReply:
    """Show a money flow with its timeline."""
    flow = flow_store().find(caller, money_flow_id) if is_id(money_flow_id) else None
    if flow is None:
        raise NotFound("There is no such money flow.")
    return MoneyFlowReply.of(flow)


lambda_handler = app.lambda_handler
