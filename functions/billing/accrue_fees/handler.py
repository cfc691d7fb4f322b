"""Schedule accrue_fees: in the evening have every account's day accrued."""

from trading.billing.messages import AccrualWork
from trading.platform.clock import trading_date
from trading.platform.fan_out import FanOut, Job, Send, sends
from trading.platform.people import everybody


def prepare(send: Send) -> Job:
    """Return the job: one message a person with an account."""
    return sends(
        send,
        "fee-accruals",
        lambda at: everybody("open-accounts").map(lambda owner: AccrualWork(owner=owner, day=trading_date(at))),
    )


lambda_handler = FanOut("accrue_fees", prepare)
