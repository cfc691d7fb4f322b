"""POST /api/operator/discrepancies/{discrepancy_id}/resolve: close a discrepancy that somebody looked into."""

from trading.operators.replies import DiscrepancyReply, ReasonBody, record_id
from trading.operators.wiring import resolutions
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/discrepancies/<discrepancy_id>/resolve")
def resolve_discrepancy(discrepancy_id: str, request: ReasonBody, operator: OperatorCaller) -> DiscrepancyReply:
    """Close a discrepancy that somebody looked into."""
    found = resolutions().resolve(record_id(discrepancy_id), Audit(operator, request.reason))
    return DiscrepancyReply.of(found)


lambda_handler = app.lambda_handler
