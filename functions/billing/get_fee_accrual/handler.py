"""GET /api/fees/accrual: what the running month costs so far, day by day."""

from trading.billing.accrual.models import period_of
from trading.billing.read_wiring import billing_store
from trading.billing.replies import AccrualReply
from trading.platform.clock import current_clock, trading_date
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/fees/accrual")
def get_fee_accrual(caller: Caller) -> AccrualReply:
    """Return the running month's fees, exactly."""
    store, period = billing_store(), period_of(trading_date(current_clock().now()))
    return AccrualReply.of(period, store.fees(caller, period), store.load(caller).billing)


lambda_handler = app.lambda_handler
