"""Queue invoice-creations: make one person's invoices; what is credited after the last one is listed for payout."""

from collections.abc import Callable

from trading.billing.messages import InvoiceWork
from trading.billing.read_wiring import invoice_service, payout_service
from trading.platform.queue import queue_worker


def prepare() -> Callable[[InvoiceWork], object]:
    """Return the invoicing of one person."""
    service, payouts = invoice_service(), payout_service()

    def create(work: InvoiceWork) -> None:
        service.create(work.owner)
        payouts.list_credit(work.owner)

    return create


lambda_handler = queue_worker(InvoiceWork, prepare)
