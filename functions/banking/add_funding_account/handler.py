"""POST /api/funding-accounts: connect an account behind a bank link with the trading account."""

from typing import Annotated

from pydantic import StringConstraints

from trading.banking.replies import FundingAccountReply
from trading.funding.wiring import funding_accounts
from trading.platform.fields import OneLine, Request
from trading.platform.http import RecentlySignedIn, http_api

app = http_api()


class FundingAccountRequest(Request):
    """Which account, and what the person calls it."""

    bank_link_id: Annotated[str, StringConstraints(max_length=2000)]
    account_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    account_name: Annotated[str, StringConstraints(min_length=1, max_length=100), OneLine]


@app.post("/api/funding-accounts", status_code=201)
def add_funding_account(request: FundingAccountRequest, caller: RecentlySignedIn) -> FundingAccountReply:
    """Connect an account, once however often this is asked."""
    account = funding_accounts().add(caller, request.bank_link_id, request.account_id, request.account_name)
    return FundingAccountReply.of(account)


lambda_handler = app.lambda_handler
