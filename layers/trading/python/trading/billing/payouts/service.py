"""Payouts: a credit that no invoice can be lowered by any more is listed, and paid by an operator."""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from trading.billing import outbox
from trading.billing.accrual.models import period_of
from trading.billing.models import BillingAccount, BillingState
from trading.billing.payouts.models import CreditPayout
from trading.billing.payouts.ports import PayoutStore
from trading.billing.ports import BillingChange, BillingStore
from trading.brokerage.models import AccountStatus
from trading.ledger.models import LedgerAccount
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound
from trading.platform.ids import derived_id
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class PayoutService:
    """Lists what is to be paid out, and notes that it was."""

    store: BillingStore
    payouts: PayoutStore
    clock: Clock

    @retry_on_stale
    def list_credit(self, owner: str) -> CreditPayout | None:
        """List a person's credit for payout, if their account is closed and every month invoiced; return it."""
        state, now = self.store.load(owner), self.clock.now()
        billing = state.billing
        if billing is None or not _is_over(state, billing):
            return None
        cents = -round(sum((line.cents for line in billing.carried), Fraction(0)))
        if cents <= 0:
            return None
        payout = CreditPayout(
            payout_id=derived_id("credit-payout", owner, str(billing.version)),
            owner=owner,
            cents=cents,
            owed_cents=billing.receivable_cents,
            created_at=now,
        )
        self.store.commit(_listed(billing, payout, now))
        return payout

    @retry_on_stale
    def pay(self, payout_id: str, audit: Audit) -> CreditPayout:
        """Note that a payout was paid.

        Raises:
            NotFound: if there is no such payout.
            Conflict: `already_paid`.
        """
        payout, now = self.payouts.find(payout_id), self.clock.now()
        billing = self.store.load(payout.owner).billing if payout is not None else None
        if payout is None or billing is None:
            raise NotFound("There is no such payout.")
        if payout.paid_at is not None:
            raise Conflict("It is paid already.", code="already_paid")
        lines = {LedgerAccount.PAYOUTS_DUE: payout.cents, LedgerAccount.FEE_CLEARING: -payout.cents}
        posting = billing.posted(lines, reference=f"{payout_id}:paid", at=now)
        after = payout.paid(audit, now)
        entries = (posting.entry,) if posting.entry else ()
        change = BillingChange(billing=replace(posting.account, updated_at=now), entries=entries, payout=after)
        self.store.commit(replace(change, audit=audit, action="pay_credit_out", at=now))
        return after


def _listed(billing: BillingAccount, payout: CreditPayout, at: datetime) -> BillingChange:
    """Return what is written when a credit is listed; what was never paid in is taken from what we earned."""
    paid_in = -sum(line.cents.numerator for line in billing.carried if line.payment_id is not None)
    lines = {
        LedgerAccount.CREDITS: paid_in,
        LedgerAccount.FEE_REVENUE: payout.cents - paid_in,
        LedgerAccount.PAYOUTS_DUE: -payout.cents,
    }
    posting = billing.posted(lines, reference=payout.payout_id, at=at)
    entries = (posting.entry,) if posting.entry else ()
    after = replace(posting.account, carried=(), updated_at=at)
    return BillingChange(billing=after, entries=entries, events=(outbox.payout_due(payout),), payout=payout)


def _is_over(state: BillingState, billing: BillingAccount) -> bool:
    """Say whether a person is billed no more: the account is closed, and its last month invoiced."""
    accrual = billing.accrual
    if state.account is None or state.account.status is not AccountStatus.CLOSED or accrual is None:
        return False
    if accrual.stopped_on is None or accrual.through is None:
        return accrual.stopped_on is not None
    return billing.invoiced_through is not None and billing.invoiced_through >= period_of(accrual.through)
