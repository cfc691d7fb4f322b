"""Disputes and refunds as Stripe reports them, in our words."""

from datetime import UTC, datetime
from typing import Any

from trading.billing.disputes.models import DisputeReport, DisputeState
from trading.billing.ports import RefundReport

_STATES = {
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
    "warning_closed": DisputeState.CLOSED,
    "prevented": DisputeState.CLOSED,
    "needs_response": DisputeState.NEEDS_RESPONSE,
    "under_review": DisputeState.UNDER_REVIEW,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
APPEAL = "appeal_"
FAILED = frozenset({"failed", "canceled"})


def dispute_report(raw: Any) -> DisputeReport:  # noqa: ANN401 - the SDK's objects
    """Return a dispute; what the bank took is what its balance transactions come to."""
    moves = getattr(raw, "balance_transactions", None) or ()
    evidence = getattr(raw, "evidence_details", None)
    due_by = getattr(evidence, "due_by", None)
    return DisputeReport(
        dispute_id=str(raw.id),
        charge_reference=str(raw.payment_intent),
        state=_state(str(raw.status)),
        raw_status=str(raw.status),
        cents=int(raw.amount),
        withdrawn_cents=-sum(int(move.amount) for move in moves),
        reason=str(getattr(raw, "reason", None) or "unknown"),
        evidence_due_at=datetime.fromtimestamp(int(due_by), UTC) if due_by else None,
    )


def refund_report(raw: Any) -> RefundReport:  # noqa: ANN401 - the SDK's objects
    """Return a refund; one that is on its way counts, as Stripe took its money from us already."""
    return RefundReport(str(raw.id), int(raw.amount), is_live=str(raw.status) not in FAILED)


def _state(status: str) -> DisputeState | None:
    return DisputeState.UNDER_REVIEW if status.startswith(APPEAL) else _STATES.get(status)
