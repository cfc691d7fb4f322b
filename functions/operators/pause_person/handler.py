"""POST /api/operator/people/{profile_id}/pause: stop a person's money and trading, or automation alone."""

from trading.operators.read_wiring import pause_service
from trading.operators.replies import PausesReply
from trading.operators.requests import PauseBody, person
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/people/<profile_id>/pause")
def pause_person(profile_id: str, request: PauseBody, operator: OperatorCaller) -> PausesReply:
    """Pause a person, whether they have an account yet or not."""
    audit = Audit(operator, request.reason)
    return PausesReply.of(pause_service().pause(person(profile_id), audit, request.strength))


lambda_handler = app.lambda_handler
