"""Finding payments at the broker, and the money flows that they belong to."""

from dataclasses import dataclass

from trading.brokerage.models import BrokerPayment, PaymentStatus
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import ForeignEvent
from trading.funding.money_flows.models import FlowStatus, MoneyFlow
from trading.funding.money_flows.ports import FlowStore, FundingBroker
from trading.platform.errors import Refused


@dataclass(frozen=True)
class PaymentLookup:
    """Reads payments, and knows whose they are."""

    store: FlowStore
    broker: FundingBroker

    def find(self, account: TradingAccount, flow: MoneyFlow) -> BrokerPayment | None:
        """Return a flow's payment, by its id or else by our note; None if the broker certainly has none.

        Raises:
            Unavailable: if the broker cannot be asked.
        """
        if flow.payment_id is not None:
            try:
                return self.broker.payment(flow.direction, flow.payment_id)
            except Refused:
                pass  # it is not known by that id; it may be by our note
        payments = self.broker.payments_of(str(account.user_id), flow.direction)
        return next((payment for payment in payments if payment.note == flow.flow_id), None)

    def read(self, reported: BrokerPayment) -> BrokerPayment:
        """Return a payment in its state at the broker. Raises ForeignEvent if there is none, or Unavailable."""
        try:
            return self.broker.payment(reported.direction, reported.payment_id)
        except Refused:
            raise ForeignEvent("The broker does not know the payment.") from None

    def place_of(self, payment: BrokerPayment) -> tuple[str, str]:
        """Return owner and id of a payment's money flow. Raises ForeignEvent."""
        if payment.note is not None:
            owner = self.store.owner_of_flow(payment.note)
            if owner is not None:
                return owner, payment.note
        found = self.store.flow_of_payment(payment.payment_id)
        if found is None:
            raise ForeignEvent("The payment carries no note of ours.")
        return found


def needs_proof(flow: MoneyFlow, reported: BrokerPayment) -> bool:
    """Say whether an event contradicts what is settled: it may be late, so the broker itself must say so."""
    undone = {(FlowStatus.SUCCESS, PaymentStatus.FAILED), (FlowStatus.FAILED, PaymentStatus.SUCCESSFUL)}
    return (flow.status, reported.status) in undone
