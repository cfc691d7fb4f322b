"""Builds what operators see and note of disputes and payouts, for one invocation. None of it calls a partner."""

from trading.billing.disputes.ports import DisputeStore
from trading.billing.disputes.service import DisputeNotes
from trading.billing.disputes.store import DynamoDisputeStore
from trading.billing.payouts.ports import PayoutStore
from trading.billing.payouts.service import PayoutService
from trading.billing.payouts.store import DynamoPayoutStore
from trading.billing.store import DynamoBillingStore
from trading.platform.clock import current_clock


def disputes() -> DisputeStore:
    """Return the disputes of everybody."""
    return DynamoDisputeStore()


def payouts() -> PayoutStore:
    """Return the payouts of everybody."""
    return DynamoPayoutStore()


def payout_service() -> PayoutService:
    """Return what notes that payouts were paid."""
    return PayoutService(DynamoBillingStore(), DynamoPayoutStore(), current_clock())


def dispute_notes() -> DisputeNotes:
    """Return what takes operators' notes."""
    return DisputeNotes(DynamoBillingStore(), DynamoDisputeStore(), current_clock())
