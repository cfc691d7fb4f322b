"""POST /api/operator/unknowns/{unknown_id}/resolve: settle what became of a money flow."""

from trading.funding.money_flows.unknowns import Finding
from trading.funding.replies import MoneyFlowReply
from trading.operations.replies import FindingBody, record_id
from trading.operations.wiring import unknowns
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/unknowns/<unknown_id>/resolve")
def resolve_unknown_by_hand(unknown_id: str, request: FindingBody, operator: OperatorCaller) -> MoneyFlowReply:
    """Fail a money flow that never arrived, or have it looked up once more."""
    audit = Audit(operator, request.reason)
    return MoneyFlowReply.of(unknowns().resolve(record_id(unknown_id), Finding(request.finding), audit))


lambda_handler = app.lambda_handler
