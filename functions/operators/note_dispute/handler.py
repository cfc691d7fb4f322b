"""POST /api/operator/disputes/{dispute_id}/note: note what was done about a dispute, e.g. which evidence was sent."""

from trading.operators.dispute_replies import DisputeReply, NoteBody
from trading.operators.dispute_wiring import dispute_notes
from trading.operators.replies import record_id
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/disputes/<dispute_id>/note")
def note_dispute(dispute_id: str, request: NoteBody, operator: OperatorCaller) -> DisputeReply:
    """Add a note; nothing is told to Stripe."""
    audit = Audit(operator, request.reason)
    return DisputeReply.of(dispute_notes().note(record_id(dispute_id), request.note or request.reason, audit))


lambda_handler = app.lambda_handler
