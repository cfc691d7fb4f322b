"""Schedule reconcile: hand every open account to a worker that holds it against the broker."""

from trading.funding.messages import AccountWork
from trading.platform.fan_out import FanOut, Job, Send, sends
from trading.platform.people import everybody


def prepare(send: Send) -> Job:
    """Return the job: one message an account."""
    work = everybody("open-accounts").map(lambda owner: AccountWork(owner=owner))
    return sends(send, "account-reconciliations", lambda _: work)


lambda_handler = FanOut("reconcile", prepare)
