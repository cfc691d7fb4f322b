"""POST /api/kyc/submissions: submit the caller's form for the identity check."""

from trading.kyc.replies import SubmissionReply
from trading.kyc.wiring import form_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.post("/api/kyc/submissions", status_code=202)
def submit_kyc(caller: Caller) -> SubmissionReply:
    """Take the submission; the broker's decision comes later."""
    return SubmissionReply.of(form_service().submit(caller))


lambda_handler = app.lambda_handler
