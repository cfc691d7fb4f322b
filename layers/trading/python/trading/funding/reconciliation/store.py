"""Discrepancies in DynamoDB: few, in one partition that operators page through."""

from datetime import datetime

from trading.funding.accounts.models import TradingAccount
from trading.funding.events import DiscrepancyFound
from trading.funding.reconciliation.models import Discrepancy, DiscrepancyStatus
from trading.funding.reconciliation.ports import DiscrepancyPage
from trading.funding.rows import DISCREPANCIES, newest_first, put_account
from trading.platform.audit import Audit, put_audit
from trading.platform.clock import rfc3339
from trading.platform.documents import dump, load
from trading.platform.ids import new_id
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.people import PersonRow
from trading.platform.tables import Transaction


class DynamoDiscrepancyStore:
    """Discrepancies of everybody, seen by operators."""

    def find(self, discrepancy_id: str) -> Discrepancy | None:
        """Return a discrepancy."""
        try:
            row = PersonRow.get(DISCREPANCIES, discrepancy_id, consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return load(Discrepancy, str(row.document))

    def save(
        self,
        discrepancy: Discrepancy,
        account: TradingAccount | None,
        audit: Audit | None = None,
        *,
        is_worse: bool = False,
    ) -> None:
        """Write a discrepancy, with the account that names it or no longer does, in one transaction."""
        transaction = Transaction()
        row = PersonRow(DISCREPANCIES, discrepancy.discrepancy_id, document=dump(discrepancy))
        row.status = discrepancy.status
        is_new = account is not None and account.discrepancy_id == discrepancy.discrepancy_id
        transaction.put(row, PersonRow.pk.does_not_exist() if is_new else PersonRow.status == DiscrepancyStatus.OPEN)
        if account is not None:
            put_account(transaction, account)
        if is_new or is_worse:
            found = DiscrepancyFound(owner=discrepancy.owner, difference_cents=discrepancy.difference_cents)
            subject = f"{discrepancy.discrepancy_id}:{rfc3339(discrepancy.seen_at)}"
            put_event(transaction, OutboxEvent(found, subject))
        if audit is not None:
            at = discrepancy.resolved_at or discrepancy.seen_at
            put_audit(transaction, audit, owner=discrepancy.owner, action="resolve_discrepancy", at=at)
        transaction.commit()

    def page(self, *, after: str | None, limit: int) -> DiscrepancyPage:
        """Return discrepancies, newest first."""
        beyond = PersonRow.sk > after if after else None
        rows = list(PersonRow.query(DISCREPANCIES, beyond, limit=limit + 1, consistent_read=True))
        items = tuple(load(Discrepancy, str(row.document)) for row in rows[:limit])
        return DiscrepancyPage(items, str(rows[limit - 1].sk) if len(rows) > limit else None)

    def new_id(self, at: datetime) -> str:
        """Return an id that sorts newest first."""
        return newest_first(at, new_id())
