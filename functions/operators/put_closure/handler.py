"""PUT /api/operator/closures/{exchange}/{day}: close an exchange early, or for the day, when its calendar does not."""

from datetime import date

from trading.markets.exchanges import exchange_named
from trading.operators.market_replies import ClosureReply
from trading.operators.read_wiring import closure_service
from trading.operators.requests import Reason
from trading.platform.audit import Audit
from trading.platform.errors import NotFound
from trading.platform.fields import Changes, TimeOfDay
from trading.platform.http import OperatorCaller, http_api

app = http_api()


class ClosureBody(Changes):
    """When the exchange closes (New York time); null closes it for the day, `lifted` has it trade as usual again."""

    closes_at: TimeOfDay | None = None
    lifted: bool = False
    reason: Reason


@app.put("/api/operator/closures/<exchange>/<day>")
def put_closure(exchange: str, day: str, request: ClosureBody, operator: OperatorCaller) -> ClosureReply:
    """Cut a session short, the running one too, or have it last as usual again."""
    code, on, audit = exchange_named(exchange), _day(day), Audit(operator, request.reason)
    service = closure_service()
    left = service.reopen(code, on, audit) if request.lifted else service.close(code, on, request.closes_at, audit)
    return ClosureReply(
        exchange=code.value,
        date=on,
        opens_at=left.opens_at if left else None,
        closes_at=left.closes_at if left else None,
    )


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound("There is no such day.") from None
    if text != day.isoformat():
        raise NotFound("There is no such day.")
    return day


lambda_handler = app.lambda_handler
