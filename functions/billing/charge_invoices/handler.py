"""Schedule charge_invoices: have every invoice charged whose next dunning attempt is due."""

from trading.billing.messages import ChargeWork
from trading.billing.store import CHARGE_DUE
from trading.platform.fan_out import FanOut, Job, Send, sends
from trading.platform.people import PersonRow, all_due, owner_of


def prepare(send: Send) -> Job:
    """Return the job: one message an invoice."""
    return sends(send, "invoice-charges", lambda at: all_due(CHARGE_DUE, at).map(_work))


def _work(row: PersonRow) -> ChargeWork:
    return ChargeWork(owner=owner_of(str(row.pk)), period=str(row.sk).partition("#")[2])


lambda_handler = FanOut("charge_invoices", prepare)
