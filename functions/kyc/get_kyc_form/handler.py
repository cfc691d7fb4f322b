"""GET /api/kyc/form: the caller's form, with what an app needs to show it."""

from trading.kyc.replies import FormReply
from trading.kyc.wiring import form_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/kyc/form")
def get_kyc_form(caller: Caller) -> FormReply:
    """Show the form as it is."""
    return FormReply.of(form_service().record(caller))


lambda_handler = app.lambda_handler
