"""What the routes about payouts take and answer."""

from trading.billing.payouts.models import CreditPayout
from trading.platform.fields import Moment, Reply


class PayoutReply(Reply):
    """A credit on a closed account. `owed_cents` is what its person owed us when it was listed."""

    payout_id: str
    profile_id: str
    amount_cents: int
    owed_cents: int
    created_at: Moment
    paid_at: Moment | None
    paid_by: str | None
    reason: str | None

    @classmethod
    def of(cls, payout: CreditPayout) -> "PayoutReply":
        """Return a payout as answers show it."""
        return cls(
            payout_id=payout.payout_id,
            profile_id=payout.owner,
            amount_cents=payout.cents,
            owed_cents=payout.owed_cents,
            created_at=payout.created_at,
            paid_at=payout.paid_at,
            paid_by=payout.paid_by,
            reason=payout.reason,
        )
