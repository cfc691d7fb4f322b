"""POST /api/operator/people/{profile_id}/resume: lift a person's pauses, but for the broker's own."""

from trading.operators.read_wiring import pause_service
from trading.operators.replies import PausesReply
from trading.operators.requests import ReasonBody, person
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/people/<profile_id>/resume")
def resume_person(profile_id: str, request: ReasonBody, operator: OperatorCaller) -> PausesReply:
    """Lift a person's pauses, but for the broker's own freeze."""
    return PausesReply.of(pause_service().lift(person(profile_id), Audit(operator, request.reason)))


lambda_handler = app.lambda_handler
