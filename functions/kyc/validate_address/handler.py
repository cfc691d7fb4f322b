"""POST /api/kyc/address/validate: see whether an address can be right, and how it is written."""

from typing import Annotated

from pydantic import StringConstraints

from trading.kyc.addresses import Address, judged
from trading.kyc.replies import AddressReply, JudgementReply
from trading.platform.fields import Request
from trading.platform.http import Caller, http_api

app = http_api()

Text = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class AddressRequest(Request):
    """An address in the United States, their territories or their military posts."""

    street1: Text
    street2: Text | None = None
    city: Text
    province: Text
    postal_code: Text
    country: Text = "USA"


@app.post("/api/kyc/address/validate")
def validate_address(request: AddressRequest, caller: Caller) -> JudgementReply:
    """Judge an address by its form alone."""
    suggested = judged(Address(**request.model_dump()))
    if suggested is None:
        return JudgementReply(ok=False, suggested=None)
    return JudgementReply(ok=True, suggested=AddressReply(formatted_address=suggested.formatted, **vars(suggested)))


lambda_handler = app.lambda_handler
