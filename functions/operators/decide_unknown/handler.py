"""POST /api/operator/unknowns/{unknown_id}/resolve: settle what became of a request to a partner."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from trading.operators.replies import ResolvedReply
from trading.operators.requests import Reason
from trading.operators.wiring import unknown_service
from trading.platform.audit import Audit
from trading.platform.fields import Request
from trading.platform.http import OperatorCaller, http_api
from trading.platform.unknowns import Decision, Finding

app = http_api()


class DecisionBody(Request):
    """What an operator found out, how, and, of what did arrive, the partner's id."""

    decision: Literal["look_again", "never_arrived", "arrived"]
    reason: Reason
    partner_reference: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")] | None = None

    def finding(self, operator: str) -> Finding:
        """Return what is to be done."""
        return Finding(Decision(self.decision), Audit(operator, self.reason), self.partner_reference)


@app.post("/api/operator/unknowns/<unknown_id>/resolve")
def decide_unknown(unknown_id: str, request: DecisionBody, operator: OperatorCaller) -> ResolvedReply:
    """End what never arrived, take over what did, or ask for one more lookup; the partner is asked first."""
    finding = request.finding(operator)
    unknown, status = unknown_service().resolve(unknown_id, finding)
    return ResolvedReply.of(unknown_id, unknown, finding.decision, status)


lambda_handler = app.lambda_handler
