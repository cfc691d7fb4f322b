"""Queue invoice-creations: make one person's invoices."""

from collections.abc import Callable

from trading.billing.messages import InvoiceWork
from trading.billing.wiring import invoice_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[InvoiceWork], object]:
    """Return what makes one person's invoices."""
    service = invoice_service()
    return lambda work: service.create(work.owner)


lambda_handler = queue_worker(InvoiceWork, prepare)
