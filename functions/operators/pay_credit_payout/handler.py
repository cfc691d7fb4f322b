"""POST /api/operator/credit-payouts/{payout_id}/paid: note that a credit on a closed account was paid out."""

from trading.billing.read_wiring import payout_service
from trading.operators.replies import PayoutReply
from trading.operators.requests import ReasonBody, record_id
from trading.platform.audit import Audit
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.post("/api/operator/credit-payouts/<payout_id>/paid")
def pay_credit_payout(payout_id: str, request: ReasonBody, operator: OperatorCaller) -> PayoutReply:
    """Note it, once; the money itself is sent manually."""
    return PayoutReply.of(payout_service().pay(record_id(payout_id), Audit(operator, request.reason)))


lambda_handler = app.lambda_handler
