"""Builds what operators see and note of disputes, for one invocation. None of it calls a partner."""

from trading.billing.disputes.ports import DisputeStore
from trading.billing.disputes.service import DisputeNotes
from trading.billing.disputes.store import DynamoDisputeStore
from trading.billing.store import DynamoBillingStore
from trading.platform.clock import current_clock


def disputes() -> DisputeStore:
    """Return the disputes of everybody."""
    return DynamoDisputeStore()


def dispute_notes() -> DisputeNotes:
    """Return what takes operators' notes."""
    return DisputeNotes(DynamoBillingStore(), DynamoDisputeStore(), current_clock())
