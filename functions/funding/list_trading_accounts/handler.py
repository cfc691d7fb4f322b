"""GET /api/trading-accounts: the caller's account at the broker."""

from trading.billing.views import account_and_fees
from trading.funding.replies import TradingAccountReply
from trading.platform.fields import Reply
from trading.platform.http import Caller, http_api

app = http_api()


class TradingAccountList(Reply):
    """The trading accounts of a person: none or one."""

    items: list[TradingAccountReply]
    next_cursor: None = None


@app.get("/api/trading-accounts")
def list_trading_accounts(caller: Caller) -> TradingAccountList:
    """List the caller's trading accounts."""
    account, pending_fees_cents = account_and_fees(caller)
    return TradingAccountList(items=[TradingAccountReply.of(account, pending_fees_cents)] if account else [])


lambda_handler = app.lambda_handler
