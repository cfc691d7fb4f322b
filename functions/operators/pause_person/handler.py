"""POST /api/operator/people/{profile_id}/pause: stop a person's money and trading."""

from trading.operators.read_wiring import pause_service
from trading.operators.replies import PausesReply, ReasonBody, person
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/people/<profile_id>/pause")
def pause_person(profile_id: str, request: ReasonBody, operator: OperatorCaller) -> PausesReply:
    """Pause a person, whether they have an account yet or not."""
    return PausesReply.of(pause_service().pause(person(profile_id), Audit(operator, request.reason)))


lambda_handler = app.lambda_handler
