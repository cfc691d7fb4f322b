"""The audit trail: what operators did to a person's records, and why. Rows are added, never changed."""

import json
from dataclasses import dataclass
from datetime import datetime

from trading.platform.clock import rfc3339
from trading.platform.ids import new_id
from trading.platform.people import PersonRow, partition
from trading.platform.tables import Transaction


@dataclass(frozen=True)
class Audit:
    """The operator who does something, and the reason that they give."""

    actor: str
    reason: str


def put_audit(transaction: Transaction, audit: Audit, *, owner: str, action: str, at: datetime) -> None:
    """Add an audit record to the transaction of what an operator does to a person's records."""
    put_audit_in(transaction, partition(owner), audit, action=action, at=at)


def put_audit_in(transaction: Transaction, pk: str, audit: Audit, *, action: str, at: datetime) -> None:
    """Add an audit record of what concerns no single person, beside what it changes."""
    document = {"actor": audit.actor, "reason": audit.reason, "action": action, "at": rfc3339(at)}
    row = PersonRow(pk, f"audit#{rfc3339(at)}#{new_id()}", document=json.dumps(document))
    transaction.put(row, PersonRow.pk.does_not_exist(), label="audit")
