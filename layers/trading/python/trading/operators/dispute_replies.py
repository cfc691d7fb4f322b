"""What the routes about disputes take and answer."""

from trading.billing.disputes.models import Dispute, DisputeNote, DisputeState
from trading.billing.invoices.models import invoice_id_of, payment_id_of
from trading.operators.replies import Reason
from trading.platform.fields import Moment, Reply, Request


class NoteBody(Request):
    """What is noted, and why; without a `note` the reason is noted."""

    reason: Reason
    note: Reason | None = None


class NoteReply(Reply):
    """What an operator noted."""

    at: Moment
    by: str
    note: str

    @classmethod
    def of(cls, note: DisputeNote) -> "NoteReply":
        """Return a note as answers show it."""
        return cls(at=note.at, by=note.actor, note=note.text)


class DisputeReply(Reply):
    """A payment that a bank contests or asks about. `withdrawn_cents` is what the bank has of it at present."""

    dispute_id: str
    profile_id: str
    invoice_id: str
    payment_id: str
    amount_cents: int
    withdrawn_cents: int
    state: DisputeState
    reason: str
    evidence_due_at: Moment | None
    opened_at: Moment
    updated_at: Moment
    closed_at: Moment | None
    notes: list[NoteReply]

    @classmethod
    def of(cls, dispute: Dispute) -> "DisputeReply":
        """Return a dispute as answers show it."""
        invoice_id = invoice_id_of(dispute.owner, dispute.period)
        return cls(
            dispute_id=dispute.dispute_id,
            profile_id=dispute.owner,
            invoice_id=invoice_id,
            payment_id=payment_id_of(invoice_id, dispute.number),
            amount_cents=dispute.cents,
            withdrawn_cents=dispute.moved_cents,
            state=dispute.state,
            reason=dispute.reason,
            evidence_due_at=dispute.evidence_due_at,
            opened_at=dispute.opened_at,
            updated_at=dispute.updated_at,
            closed_at=dispute.closed_at,
            notes=[NoteReply.of(note) for note in dispute.notes],
        )
