"""Schedule create_invoices: have the invoices of months that are over made, once however often this runs."""

from trading.billing.messages import InvoiceWork
from trading.platform.fan_out import FanOut, Job, Send, sends
from trading.platform.people import everybody


def prepare(send: Send) -> Job:
    """Return the job: one message a person with an account."""
    work = everybody("open-accounts").map(lambda owner: InvoiceWork(owner=owner))
    return sends(send, "invoice-creations", lambda _: work)


lambda_handler = FanOut("create_invoices", prepare)
