"""POST /api/operator/disputes/{dispute_id}/note: note what was done about a dispute, e.g. which evidence was sent."""

from trading.operators.read_wiring import dispute_notes
from trading.operators.replies import DisputeReply
from trading.operators.requests import Reason, record_id
from trading.platform.audit import Audit
from trading.platform.fields import Request
from trading.platform.http import OperatorCaller, http_api

app = http_api()


class NoteBody(Request):
    """What is noted, and why; without a `note` the reason is noted."""

    reason: Reason
    note: Reason | None = None


@app.post("/api/operator/disputes/<dispute_id>/note")
def note_dispute(dispute_id: str, request: NoteBody, operator: OperatorCaller) -> DisputeReply:
    """Add a note; nothing is sent to Stripe."""
    audit = Audit(operator, request.reason)
    return DisputeReply.of(dispute_notes().note(record_id(dispute_id), request.note or request.reason, audit))


lambda_handler = app.lambda_handler
