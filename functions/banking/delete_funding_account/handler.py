"""DELETE /api/funding-accounts/{funding_account_id}: remove a bank account that no money is on its way on."""

from aws_lambda_powertools.event_handler import Response

from trading.funding.wiring import funding_accounts
from trading.platform.errors import NotFound
from trading.platform.http import Caller, http_api
from trading.platform.ids import is_id

app = http_api()


@app.delete("/api/funding-accounts/<funding_account_id>", status_code=204)
def delete_funding_account(funding_account_id: str, caller: Caller) -> Response[None]:
    """Delete a funding account, here, at the broker and at the bank-data provider."""
    if not is_id(funding_account_id):
        raise NotFound("There is no such funding account.")
    funding_accounts().delete(caller, funding_account_id)
    return Response(status_code=204, body=None)


lambda_handler = app.lambda_handler
