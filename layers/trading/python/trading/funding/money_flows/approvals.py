"""Withdrawals that wait for their advisor: approved while their flow is open and nothing pauses them.

What is decided is written first, on the condition that flow and account are as they were judged and
that money is not stopped, so that no approval follows a pause.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from trading.brokerage.models import BrokerPayment, PaymentStatus
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import MoneyHalted
from trading.funding.money_flows.agreement import disagreement
from trading.funding.money_flows.models import AttemptState, FlowStatus, MoneyFlow
from trading.funding.money_flows.ports import FlowChange, FlowState, FlowStore, FundingBroker
from trading.funding.money_flows.rules import CANCELLED
from trading.platform.clock import Clock
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.retry import retry_from


class Answer(StrEnum):
    """What the advisor says to a redemption."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True)
class Answered:
    """A flow and its payment after the advisor's word; `is_held` says that it is kept back until money moves again."""

    state: FlowState
    payment: BrokerPayment
    is_held: bool = False


@dataclass(frozen=True)
class Approvals:
    """Says the advisor's word on withdrawals."""

    store: FlowStore
    broker: FundingBroker
    clock: Clock

    def answer(self, state: FlowState, payment: BrokerPayment) -> Answered:
        """Approve or reject a withdrawal that waits for its advisor; return flow and payment as they are then.

        One that carries no note of ours, or that is another than was asked for, is left alone. While
        money is stopped nothing is said.
        """
        flow = state.flow
        if flow is None:
            return Answered(state, payment)
        load = partial(self.store.load, flow.owner, flow.flow_id)
        return retry_from(state, load, lambda known: self._answer(known, payment))

    def _answer(self, state: FlowState, payment: BrokerPayment) -> Answered:
        if state.flow is None or state.account is None or not _is_ours(state.account, state.flow, payment):
            return Answered(state, payment)
        answer = answer_to(state.account, state.flow)
        if answer is None:
            return Answered(state, payment)
        try:
            written = self._record(state, payment, answer)
        except MoneyHalted:
            return Answered(state, payment, is_held=True)
        return Answered(written, self._submit(answer, payment))

    def _record(self, state: FlowState, payment: BrokerPayment, answer: Answer) -> FlowState:
        """Write what is going to be said, and that its outcome needs a lookup."""
        flow, account = state.flow, state.account
        if flow is None:
            return state
        due_at = flow.due_at or self.clock.now() + LOOKUP_DELAYS[0]
        rejects = answer is Answer.REJECT
        decided = replace(
            flow,
            payment_id=payment.payment_id,
            attempt=AttemptState.ANSWERED,
            awaits_approval=True,
            rejection=(flow.rejection or CANCELLED) if rejects else None,
            due_at=due_at,
        )
        change = FlowChange(decided, judged_by=account, is_submission=not rejects)
        return FlowState(account, self.store.commit(change).flow)

    def _submit(self, answer: Answer, payment: BrokerPayment) -> BrokerPayment:
        say = self.broker.approve_redemption if answer is Answer.APPROVE else self.broker.reject_redemption
        try:
            say(payment.payment_id)
        except Refused:
            pass  # it moved meanwhile; what it is now is read next
        except (Unavailable, OutcomeUnknown):
            return payment
        try:
            return self.broker.payment(payment.direction, payment.payment_id)
        except (Unavailable, Refused):
            return payment


def answer_to(account: TradingAccount, flow: MoneyFlow) -> Answer | None:
    """Return what is said to a withdrawal that waits; None where nothing is known to be right."""
    if flow.status is FlowStatus.SUCCESS:
        return None
    if not flow.is_open or account.pauses or flow.rejection is not None:
        return Answer.REJECT
    return Answer.APPROVE


def _is_ours(account: TradingAccount, flow: MoneyFlow, payment: BrokerPayment) -> bool:
    waits = payment.status is PaymentStatus.AWAITING_ADVISOR
    return waits and payment.note == flow.flow_id and disagreement(account, flow, payment) is None
