"""GET /api/kyc/status: the status of the caller's identity check."""

from trading.kyc.replies import KycStatusReply
from trading.kyc.wiring import form_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/kyc/status")
def get_kyc_status(caller: Caller) -> KycStatusReply:
    """Show the status and what the check found."""
    return KycStatusReply.of(form_service().record(caller))


lambda_handler = app.lambda_handler
