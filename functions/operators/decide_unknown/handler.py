"""POST /api/operator/unknowns/{unknown_id}/resolve: settle what became of a request to a partner."""

from trading.operators.replies import DecisionBody, ResolvedReply
from trading.operators.unknown_wiring import unknown_service
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/unknowns/<unknown_id>/resolve")
def decide_unknown(unknown_id: str, request: DecisionBody, operator: OperatorCaller) -> ResolvedReply:
    """End what never arrived, take over what did, or have it looked up once more; the partner is asked first."""
    finding = request.finding(operator)
    unknown, status = unknown_service().resolve(unknown_id, finding)
    return ResolvedReply.of(unknown_id, unknown, finding.decision, status)


lambda_handler = app.lambda_handler
