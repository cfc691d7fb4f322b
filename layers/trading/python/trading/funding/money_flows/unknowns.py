"""Money flows whose outcome nobody could find out: an operator decides, and the broker is asked once more."""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.brokerage.models import BrokerPayment, PaymentStatus
from trading.funding.accounts.models import TradingAccount
from trading.funding.money_flows.agreement import disagreement
from trading.funding.money_flows.lookup import PaymentLookup
from trading.funding.money_flows.models import MoneyFlow
from trading.funding.money_flows.outcomes import change_of
from trading.funding.money_flows.ports import FlowStore, FundingBroker
from trading.funding.money_flows.rules import NEVER_ARRIVED
from trading.platform.clock import Clock
from trading.platform.documents import dump, load
from trading.platform.errors import Refused
from trading.platform.retry import retry_on_stale
from trading.platform.unknowns import (
    Decision,
    Finding,
    Unknown,
    UnknownKind,
    already_resolved,
    not_at_partner,
    partner_knows_it,
)

_UNDONE = frozenset({PaymentStatus.FAILED, PaymentStatus.RETURNED})


@dataclass(frozen=True)
class FlowUnknowns:
    """Settles money flows that the resolver left to a person; see `UnknownResolver`."""

    store: FlowStore
    broker: FundingBroker
    clock: Clock

    @retry_on_stale
    def resolve(self, owner: str, sk: str, finding: Finding) -> str:
        """Do what an operator decided about a money flow; return its status then."""
        state, now = self.store.load(owner, sk.partition("#")[2]), self.clock.now()
        flow, account = state.flow, state.account
        if flow is None or account is None or not flow.needs_person:
            raise already_resolved()
        after = self._decide(account, flow, finding, now)
        change = replace(change_of(account, flow, after, now), audit=finding.audit)
        return (self.store.commit(change).flow or after).status.value

    def _decide(self, account: TradingAccount, flow: MoneyFlow, finding: Finding, now: datetime) -> MoneyFlow:
        if finding.decision is Decision.LOOK_AGAIN:
            return replace(flow, due_at=now, lookups=1, needs_person=False, disagrees_in="", updated_at=now)
        if finding.decision is Decision.ARRIVED:
            return _with_payment(flow, self._require_payment(account, flow, finding.partner_reference), now)
        found = self._lookup.find(account, flow)
        if found is not None and not _is_another_that_is_over(account, flow, found):
            raise partner_knows_it()
        return flow.refused(NEVER_ARRIVED, now)

    @property
    def _lookup(self) -> PaymentLookup:
        return PaymentLookup(self.store, self.broker)

    def _require_payment(self, account: TradingAccount, flow: MoneyFlow, reference: str | None) -> BrokerPayment:
        found = self._lookup.find(account, flow) if reference is None else self._payment(flow, reference)
        if found is None or not _may_be(found, account, flow):
            raise not_at_partner()
        if self.store.flow_of_payment(found.payment_id) not in {None, (flow.owner, flow.flow_id)}:
            raise not_at_partner()
        return found

    def _payment(self, flow: MoneyFlow, payment_id: str) -> BrokerPayment | None:
        try:
            return self.broker.payment(flow.direction, payment_id)
        except Refused:
            return None


def leave_flow(document: str) -> str:
    """Return the document of a stuck record, left to a person."""
    return dump(replace(load(MoneyFlow, document), needs_person=True, due_at=None))


def describe_flow(owner: str, document: str) -> Unknown | None:
    """Return what is unknown about a money flow; None where nothing is."""
    flow = load(MoneyFlow, document)
    if not flow.needs_person:
        return None
    known = {
        "direction": flow.direction.value,
        "amount_cents": flow.cents,
        "attempt": flow.attempt.value,
        "lookups": flow.lookups,
        "partner_reference": flow.payment_id,
        "partner_status": flow.raw_status or None,
    }
    return Unknown(UnknownKind.MONEY_FLOW, owner, flow.flow_id, flow.created_at, flow.status.value, known)


def _with_payment(flow: MoneyFlow, payment: BrokerPayment, now: datetime) -> MoneyFlow:
    after = flow.with_payment(payment, now)
    # A withdrawal that waits for its advisor is approved by the resolver, at once.
    return replace(after, due_at=now, lookups=1) if after.awaits_approval else replace(after, due_at=None)


def _is_another_that_is_over(account: TradingAccount, flow: MoneyFlow, payment: BrokerPayment) -> bool:
    """Say whether the broker's payment is another than was asked for, and its money is where it was before."""
    return payment.status in _UNDONE and disagreement(account, flow, payment) is not None


def _may_be(payment: BrokerPayment, account: TradingAccount, flow: MoneyFlow) -> bool:
    """Say whether a payment can be a flow's: by our note, or, where the broker has none, by account and amount."""
    if disagreement(account, replace(flow, payment_id=None), payment) is not None:
        return False
    if payment.note is not None:
        return payment.note == flow.flow_id
    return payment.cents == flow.cents and payment.account_id == account.broker_account_id
