"""Money that goes back: refunds, and disputes."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from sandbox.partners.stripe import wire
from sandbox.partners.stripe.errors import INVALID, AlreadyDoneError, StripeError, invalid
from sandbox.partners.stripe.form import Form
from sandbox.partners.stripe.journal import Journal
from sandbox.partners.stripe.state import Charge, Dispute, Intent, IntentStatus, Refund, State, found, new_id

INQUIRY = "warning_needs_response"
UNDECIDED = frozenset({INQUIRY, "needs_response"})
EVIDENCE_WITHIN = timedelta(days=7)


class Move(StrEnum):
    """What may happen to a dispute."""

    INQUIRY = "inquiry"
    NEEDS_RESPONSE = "needs_response"
    FUNDS_WITHDRAWN = "funds_withdrawn"
    WON = "won"
    LOST = "lost"
    FUNDS_REINSTATED = "funds_reinstated"
    CLOSED = "closed"


OPENING = frozenset({Move.INQUIRY, Move.NEEDS_RESPONSE, Move.FUNDS_WITHDRAWN})


class Reversals:
    """What is done about charges that succeeded."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def _state(self) -> State:
        return self._journal.state

    def refund(self, form: Form) -> dict[str, Any]:
        """Give back what was paid, or a part of it."""
        charge, wanted = self._charge(form), form.cents("amount")
        intent, left = self._state.intents[charge.intent_id], charge.cents - charge.refunded_cents
        if charge.dispute_id is not None:
            raise StripeError(400, INVALID, f"Charge {charge.charge_id} has been charged back.", code="charge_disputed")
        if left == 0:
            message = f"Charge {charge.charge_id} has already been refunded."
            raise StripeError(400, INVALID, message, code="charge_already_refunded")
        if wanted is not None and wanted > left:
            message = f"Refund amount ({wanted} cents) is greater than unrefunded amount on charge ({left} cents)"
            raise StripeError(400, INVALID, message, param="amount")
        made = Refund(
            refund_id=new_id("re"),
            created=self._journal.now(),
            charge_id=charge.charge_id,
            intent_id=intent.intent_id,
            cents=left if wanted is None else wanted,
            reason=form.text("reason"),
            metadata=form.metadata(),
        )
        self._state.refunds[made.refund_id] = made
        charge.refunded_cents += made.cents
        self._journal.record("refund.created", wire.refund_json(made, intent))
        self._journal.record_charge("refunded", charge)
        return wire.refund_json(made, intent)

    def fail_refund(self, refund: Refund) -> None:
        """Have a refund come back from the bank: its money is with us again.

        Raises:
            AlreadyDoneError: if it failed before.
        """
        if refund.status != "succeeded":
            raise AlreadyDoneError(f"the refund is {refund.status}")
        refund.status, refund.failure_reason = "failed", "expired_or_canceled_card"
        charge = self._state.charges[refund.charge_id]
        charge.refunded_cents -= refund.cents
        document = wire.refund_json(refund, self._state.intents[refund.intent_id])
        for kind in ("refund.failed", "refund.updated", "charge.refund.updated"):
            self._journal.record(kind, document)

    def dispute(self, charge: Charge, status: str = "needs_response") -> Dispute:
        """Have the payer contest a charge, or ask about it, by Stripe's word for that.

        Raises:
            AlreadyDoneError: if they did so before, or there is nothing to contest.
        """
        if charge.dispute_id is not None or charge.status != "succeeded":
            raise AlreadyDoneError("the charge is disputed already, or failed")
        now = self._journal.now()
        made = Dispute(new_id("du"), now, charge.charge_id, charge.cents - charge.refunded_cents, status)
        made.due_by = now + EVIDENCE_WITHIN
        self._state.disputes[made.dispute_id] = made
        charge.dispute_id, charge.due = made.dispute_id, None
        self._record("created", made)
        return made

    def move(self, charge: Charge, what: Move) -> Dispute:
        """Have a dispute go on.

        Raises:
            AlreadyDoneError: if it cannot.
        """
        if what in OPENING and charge.dispute_id is None:
            return self._open(charge, what)
        dispute = self._state.disputes.get(str(charge.dispute_id))
        if dispute is None:
            raise AlreadyDoneError("there is no dispute")
        if what is Move.FUNDS_WITHDRAWN:
            self._withdraw(dispute)
        elif what is Move.FUNDS_REINSTATED:
            self._reinstate(dispute)
        elif what is Move.NEEDS_RESPONSE:
            self._escalate(dispute)
        else:
            self.close(charge, what)
        return dispute

    def close(self, charge: Charge, what: str) -> Dispute:
        """Decide a dispute: the money follows, as far as it is not there yet. An inquiry is closed only.

        Raises:
            AlreadyDoneError: if there is none, or it is decided.
        """
        dispute = self._state.disputes.get(str(charge.dispute_id))
        is_inquiry = dispute is not None and dispute.status == INQUIRY
        if dispute is None or dispute.status not in UNDECIDED or (is_inquiry and what != Move.CLOSED):
            raise AlreadyDoneError("there is no open dispute")
        if is_inquiry:
            dispute.status = "warning_closed"
        elif what == Move.WON:
            dispute.status = "won"
            self._reinstate(dispute)
        else:  # who closes a dispute accepts it
            dispute.status = "lost"
            self._withdraw(dispute)
        self._record("closed", dispute)
        return dispute

    def _open(self, charge: Charge, what: Move) -> Dispute:
        made = self.dispute(charge, INQUIRY if what is Move.INQUIRY else "needs_response")
        if what is Move.FUNDS_WITHDRAWN:
            self._withdraw(made)
        return made

    def _escalate(self, dispute: Dispute) -> None:
        if dispute.status != INQUIRY:
            raise AlreadyDoneError(f"the dispute is {dispute.status}")
        dispute.status = "needs_response"
        self._record("updated", dispute)

    def _withdraw(self, dispute: Dispute) -> None:
        if sum(dispute.moves) == 0:
            dispute.moves.append(-dispute.cents)
            self._record("funds_withdrawn", dispute)

    def _reinstate(self, dispute: Dispute) -> None:
        if sum(dispute.moves) < 0:
            dispute.moves.append(dispute.cents)
            self._record("funds_reinstated", dispute)

    def charge_of(self, intent: Intent) -> Charge:
        """Return the charge that paid a payment.

        Raises:
            AlreadyDoneError: if it is not paid.
        """
        if intent.status is not IntentStatus.SUCCEEDED:
            raise AlreadyDoneError(f"the payment is {intent.status}")
        return self._state.charges[str(intent.charge_id)]

    def _record(self, what: str, dispute: Dispute) -> None:
        intent = self._state.intents[self._state.charges[dispute.charge_id].intent_id]
        self._journal.record(f"charge.dispute.{what}", wire.dispute_json(dispute, intent))

    def _charge(self, form: Form) -> Charge:
        intent_id, charge_id = form.text("payment_intent"), form.text("charge")
        if (intent_id is None) == (charge_id is None):
            raise invalid("payment_intent", "One of the following params should be provided: payment_intent or charge")
        if charge_id is not None:
            return _paid(found(self._state.charges, charge_id, "charge", "charge"))
        intent = found(self._state.intents, intent_id, "payment_intent", "payment_intent")
        return _paid(self._state.charges.get(str(intent.charge_id)))


def _paid(charge: Charge | None) -> Charge:
    if charge is None or charge.status != "succeeded":
        raise StripeError(400, INVALID, "This PaymentIntent does not have a successful charge to refund.")
    return charge
