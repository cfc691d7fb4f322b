"""Money that goes back: refunds, and disputes."""

from typing import Any

from infra.sandbox.partners.stripe import wire
from infra.sandbox.partners.stripe.errors import INVALID, AlreadyDoneError, StripeError, invalid
from infra.sandbox.partners.stripe.form import Form
from infra.sandbox.partners.stripe.journal import Journal
from infra.sandbox.partners.stripe.state import Charge, Dispute, Intent, IntentStatus, Refund, State, found, new_id


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
        self._journal.tell("refund.created", wire.refund(made, intent))
        self._journal.tell_charge("refunded", charge)
        return wire.refund(made, intent)

    def dispute(self, charge: Charge) -> Dispute:
        """Have the payer contest a charge.

        Raises:
            AlreadyDoneError: if they did so before, or there is nothing to contest.
        """
        if charge.dispute_id is not None or charge.status != "succeeded":
            raise AlreadyDoneError("the charge is disputed already, or failed")
        made = Dispute(new_id("du"), self._journal.now(), charge.charge_id, charge.cents)
        self._state.disputes[made.dispute_id] = made
        charge.dispute_id, charge.due = made.dispute_id, None
        self._tell("created", made)
        return made

    def close(self, charge: Charge, status: str) -> Dispute:
        """Decide a dispute.

        Raises:
            AlreadyDoneError: if there is none, or it is decided.
        """
        dispute = self._state.disputes.get(str(charge.dispute_id))
        if dispute is None or dispute.status != "needs_response":
            raise AlreadyDoneError("there is no open dispute")
        dispute.status = status
        self._tell("closed", dispute)
        return dispute

    def charge_of(self, intent: Intent) -> Charge:
        """Return the charge that paid a payment.

        Raises:
            AlreadyDoneError: if it is not paid.
        """
        if intent.status is not IntentStatus.SUCCEEDED:
            raise AlreadyDoneError(f"the payment is {intent.status}")
        return self._state.charges[str(intent.charge_id)]

    def _tell(self, what: str, dispute: Dispute) -> None:
        intent = self._state.intents[self._state.charges[dispute.charge_id].intent_id]
        self._journal.tell(f"charge.dispute.{what}", wire.dispute(dispute, intent))

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
