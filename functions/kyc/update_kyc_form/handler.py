"""PATCH /api/kyc/form: fill in some fields of the caller's form."""

from trading.kyc.replies import FormReply
from trading.kyc.requests import FormBody
from trading.kyc.wiring import form_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.patch("/api/kyc/form")
def update_kyc_form(request: FormBody, caller: Caller) -> FormReply:
    """Keep the fields that are given, or none if one is wrong."""
    given = {name: getattr(request, name) for name in request.model_fields_set}
    return FormReply.of(form_service().save(caller, given))


lambda_handler = app.lambda_handler
