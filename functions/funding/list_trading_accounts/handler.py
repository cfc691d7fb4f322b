"""GET /api/trading-accounts: the caller's account at the broker, with what a withdrawal would get now."""

from trading.billing.read_wiring import account_and_fees
from trading.funding.replies import TradingAccountList, TradingAccountReply
from trading.funding.withdrawable import withdrawable_cents
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/trading-accounts")
def list_trading_accounts(caller: Caller) -> TradingAccountList:
    """List the caller's trading accounts."""
    account, pending_fees_cents = account_and_fees(caller)
    if account is None:
        return TradingAccountList(items=[])
    reply = TradingAccountReply.of(
        account, withdrawable_cents=withdrawable_cents(account), pending_fees_cents=pending_fees_cents
    )
    return TradingAccountList(items=[reply])


lambda_handler = app.lambda_handler
