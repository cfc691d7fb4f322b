"""Schedule reconcile: hand every open account to a worker that holds it against the broker."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from trading.funding.messages import AccountWork
from trading.platform.people import SHARDS, PersonRow, owner_of
from trading.platform.queue import send_all
from trading.platform.schedule import scheduled


def run(_: datetime) -> Mapping[str, object]:
    """Send one message an account."""
    return {"status": "done", "sent": send_all("account-reconciliations", _accounts())}


def _accounts() -> Iterator[AccountWork]:
    for shard in range(SHARDS):
        for row in PersonRow.by_group.query(f"open-accounts#{shard}"):
            yield AccountWork(owner=owner_of(str(row.pk)))


lambda_handler = scheduled("reconcile", lambda: run)
