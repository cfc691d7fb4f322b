"""PUT /api/operator/trading-stop: stop trading, money or both for everybody, or let them go on."""

from pydantic import Field

from trading.brokerage.halts import HaltScope, HaltStrength
from trading.operators.read_wiring import trading_halt_service
from trading.operators.replies import TradingHaltReply
from trading.operators.requests import Reason
from trading.platform.audit import Audit
from trading.platform.fields import Changes
from trading.platform.http import OperatorCaller, http_api

app = http_api()


class TradingHaltBody(Changes):
    """Whether trading, money or both are stopped for everybody, and why. `money` holds what was not sent yet.

    `strength` says how much of trading: by default nobody buys, while stops and targets go on.
    """

    stopped: bool
    reason: Reason
    scope: HaltScope = Field(default=HaltScope.TRADING, strict=False)
    strength: HaltStrength = Field(default=HaltStrength.REDUCE_ONLY, strict=False)


@app.put("/api/operator/trading-stop")
def put_trading_stop(request: TradingHaltBody, operator: OperatorCaller) -> TradingHaltReply:
    """Stop trading (in one of three strengths), money that was not sent yet, or both; or release them."""
    audit = Audit(operator, request.reason)
    halt = trading_halt_service().set(
        stopped=request.stopped, scope=request.scope, strength=request.strength, audit=audit
    )
    return TradingHaltReply.of(halt)


lambda_handler = app.lambda_handler
