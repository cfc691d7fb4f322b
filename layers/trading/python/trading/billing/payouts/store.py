"""Payouts in DynamoDB, in the `people` table: `operator#credit-payouts`, newest first, with references by id."""

from dataclasses import replace

from trading.billing.payouts.models import CreditPayout
from trading.billing.payouts.ports import PayoutPage
from trading.funding.rows import newest_first
from trading.platform.documents import dump, load
from trading.platform.people import PersonRow, find_reference, put_reference
from trading.platform.tables import Transaction

PAYOUTS = "operator#credit-payouts"


class DynamoPayoutStore:
    """Payouts of everybody."""

    def find(self, payout_id: str) -> CreditPayout | None:
        """Return a payout, strongly consistent."""
        place = find_reference("credit-payout", payout_id)
        if place is None:
            return None
        return load(CreditPayout, str(PersonRow.get(PAYOUTS, place[1], consistent_read=True).document))

    def page(self, *, after: str | None, limit: int) -> PayoutPage:
        """Return the payouts of everybody, newest first."""
        beyond = PersonRow.sk > after if after else None
        rows = list(PersonRow.query(PAYOUTS, beyond, limit=limit + 1, consistent_read=True))
        payouts = tuple(load(CreditPayout, str(row.document)) for row in rows[:limit])
        return PayoutPage(payouts, str(rows[limit - 1].sk) if len(rows) > limit else None)


def put_payout(transaction: Transaction, payout: CreditPayout) -> None:
    """Add the writing of a payout's next version, if nobody wrote it first."""
    written, sk = replace(payout, version=payout.version + 1), newest_first(payout.created_at, payout.payout_id)
    condition = PersonRow.version == payout.version if payout.version else PersonRow.pk.does_not_exist()
    row = PersonRow(PAYOUTS, sk, document=dump(written), version=written.version)
    transaction.put(row, condition, label="payout")
    put_reference(transaction, "credit-payout", payout.payout_id, payout.owner, sk)
