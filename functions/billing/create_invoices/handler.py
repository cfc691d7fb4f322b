"""Schedule create_invoices: have the invoices of months that are over made, once however often this runs."""

from collections.abc import Mapping
from datetime import datetime

from trading.billing.messages import InvoiceWork
from trading.platform.people import everybody
from trading.platform.queue import send_all
from trading.platform.schedule import scheduled


def run(_: datetime) -> Mapping[str, object]:
    """Send one message a person with an account."""
    work = (InvoiceWork(owner=owner) for owner in everybody("open-accounts"))
    return {"status": "done", "sent": send_all("invoice-creations", work)}


lambda_handler = scheduled("create_invoices", lambda: run)
