"""Schedule charge_invoices: have every invoice charged whose next step is due."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from trading.billing.messages import ChargeWork
from trading.billing.store import CHARGE_DUE
from trading.platform.people import SHARDS, PersonRow, owner_of
from trading.platform.queue import send_all
from trading.platform.schedule import scheduled


def run(scheduled_at: datetime) -> Mapping[str, object]:
    """Send one message an invoice."""
    return {"status": "done", "sent": send_all("invoice-charges", _due(scheduled_at))}


def _due(moment: datetime) -> Iterator[ChargeWork]:
    for shard in range(SHARDS):
        for row in PersonRow.by_due.query(f"{CHARGE_DUE}#{shard}", PersonRow.due_at <= int(moment.timestamp())):
            yield ChargeWork(owner=owner_of(str(row.pk)), period=str(row.sk).partition("#")[2])


lambda_handler = scheduled("charge_invoices", lambda: run)
