"""POST /api/operator/discrepancies/{discrepancy_id}/resolve: close a discrepancy that somebody examined."""

from trading.operators.read_wiring import resolution_service
from trading.operators.replies import DiscrepancyReply
from trading.operators.requests import ReasonBody, record_id
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/discrepancies/<discrepancy_id>/resolve")
def resolve_discrepancy(discrepancy_id: str, request: ReasonBody, operator: OperatorCaller) -> DiscrepancyReply:
    """Close a discrepancy that somebody examined."""
    found = resolution_service().resolve(record_id(discrepancy_id), Audit(operator, request.reason))
    return DiscrepancyReply.of(found)


lambda_handler = app.lambda_handler
