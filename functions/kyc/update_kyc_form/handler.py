"""PATCH /api/kyc/form: keep some fields of the caller's form."""

from typing import Any

from pydantic import RootModel

from trading.kyc.replies import FormReply
from trading.kyc.wiring import form_service
from trading.platform.http import Caller, http_api

app = http_api()


class FormBody(RootModel[dict[str, Any]]):
    """Fields by their names; null clears one. Each is checked by the form's own table."""


@app.patch("/api/kyc/form")
def update_kyc_form(request: FormBody, caller: Caller) -> FormReply:
    """Keep the fields that are given, or none if one is wrong."""
    return FormReply.of(form_service().save(caller, request.root))


lambda_handler = app.lambda_handler
