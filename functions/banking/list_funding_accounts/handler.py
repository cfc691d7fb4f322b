"""GET /api/funding-accounts: the caller's funding accounts, with balances refreshed on demand."""

from datetime import timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.banking.replies import FundingAccountList, FundingAccountReply
from trading.banking.service import VISIBLE
from trading.banking.wiring import balance_service, bank_store
from trading.platform.clock import SystemClock
from trading.platform.http import Caller, http_api

app = http_api()

PATIENCE = timedelta(seconds=3)
"""One bank that does not respond takes 20 seconds, and an answer 30 at most."""


@app.get("/api/funding-accounts")
def list_funding_accounts(caller: Caller, refresh: Annotated[bool, Query()] = False) -> FundingAccountList:
    """List funding accounts; with `refresh`, after asking their banks."""
    if refresh:
        balance_service().refresh_all(caller, until=SystemClock().now() + PATIENCE)
    accounts = bank_store().load(caller).accounts.values()
    shown = sorted(
        (account for account in accounts if account.state in VISIBLE),
        key=lambda account: account.created_at,
        reverse=True,
    )
    return FundingAccountList(items=[FundingAccountReply.of(account) for account in shown])


lambda_handler = app.lambda_handler
