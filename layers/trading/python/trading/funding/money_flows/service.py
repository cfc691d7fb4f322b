"""Deposits and withdrawals, from the person's request to whatever the broker says last.

Each step reads account and flow, decides, and writes both in one transaction with the ledger. The
intent is written before the broker is asked; what became of the asking is written after it. Between
the two the process may die: the flow then lies under the resolver's index, which finds it by our
note and sends it again under the same key while the broker remembers that.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from trading.brokerage import errors as broker_errors
from trading.brokerage.models import BrokerPayment, Direction, PaymentOrder
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.accounts.models import DayTotals, TradingAccount
from trading.funding.errors import AlreadyHandled, DisagreeingEvent, ForeignEvent, MoneyHalted
from trading.funding.money_flows import rules
from trading.funding.money_flows.agreement import disagreement, observed
from trading.funding.money_flows.approvals import Approvals
from trading.funding.money_flows.lookup import PaymentLookup, needs_proof
from trading.funding.money_flows.models import AttemptState, FlowStatus, MoneyFlow, flow_id_of
from trading.funding.money_flows.outcomes import change_of, disagreement_event, held, unanswered, unsent, with_lookup
from trading.funding.money_flows.ports import BankAccount, Banks, FlowState, FlowStore, FundingBroker, Limits
from trading.funding.money_flows.rules import FlowRequest
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from trading.platform.ids import new_id
from trading.platform.retry import retry_from, retry_on_stale

Step = Callable[[MoneyFlow], MoneyFlow]


@dataclass(frozen=True)
class MoneyFlowService:
    """Moves money between banks and trading accounts. `wall` times how long a replay waits."""

    store: FlowStore
    banks: Banks
    broker: FundingBroker
    limits: Limits
    clock: Clock
    wall: Clock

    def start(self, request: FlowRequest) -> tuple[MoneyFlow, bool]:
        """Begin a deposit or withdrawal, once per key; return it and whether it was there before.

        Raises:
            NotFound: if the bank account or the named trading account is not the person's.
            Conflict: `account_not_open`, `trading_paused`, `insufficient_funds`, `limit_exceeded`,
                `bank_needs_reauth`, `funding_account_on_hold`, or `idempotency_in_progress`.
            KeyReused: if the key came with another request before.
        """
        flow_id = flow_id_of(request.owner, request.direction, request.key.key)
        load = partial(self.store.load, request.owner, flow_id)
        state = load()
        if state.flow is not None:
            return self._replay(request, state.flow), True
        account = rules.require_account(state.account, request)
        rules.require_allowed(account, request)
        bank = self._bank(request)
        room = self._room(account, request, bank)
        return retry_from(state, load, lambda known: self._begin(request, known, bank, room))

    def apply_event(self, event_id: str, reported: BrokerPayment) -> MoneyFlow:
        """Apply what an event of the broker says of a payment.

        A withdrawal is read at the broker itself, since events come late and in any order; so is a deposit
        where the event contradicts what is settled.

        Raises:
            ForeignEvent: if the payment is none of ours.
            DisagreeingEvent: if it is another than our money flow asked for; nothing moves then.
            Unavailable: if the broker cannot be asked; the event will come again.
        """
        payment = reported
        if reported.direction is Direction.WITHDRAWAL or reported.note is None:
            payment = self._lookup.read(reported)
        owner, flow_id = self._lookup.place_of(payment)
        state = self.store.load(owner, flow_id)
        if state.flow is None or state.account is None:
            raise ForeignEvent("The payment belongs to no money flow.")
        self._require_agreement(state, event_id, reported)
        if needs_proof(state.flow, payment):
            payment = self._lookup.read(reported)
        self._require_agreement(state, event_id, payment)
        flow = self._answer(state, payment, event_id=event_id)
        if flow.status is FlowStatus.RETURNED:
            for other in state.account.in_flight:
                self._cancel_unsent(owner, other)
        return flow

    @retry_on_stale
    def resume(self, owner: str, flow_id: str) -> MoneyFlow | None:
        """Find out what became of a money flow whose outcome is not known, or send it again under its key.

        Whatever the broker answers, the next lookup is later than now, or the flow is left to a person.
        """
        state = self.store.load(owner, flow_id)
        flow, now = state.flow, self.clock.now()
        if flow is None or state.account is None or flow.due_at is None or flow.due_at > now:
            return flow
        try:
            payment = self._lookup.find(state.account, flow)
            if payment is not None:
                return self._answer(state, payment, is_lookup=True)
            return self._go_on(state, state.account, flow)
        except (Unavailable, OutcomeUnknown, Refused):
            return self._change(state, lambda flow: with_lookup(flow, now))

    def refresh(self, account: TradingAccount) -> None:
        """Read what an account has in flight at the broker, by one list a direction, in case events were lost.

        What waits for its advisor is left to the resolver. Raises Unavailable.
        """
        for direction in sorted({entry.direction for entry in account.in_flight.values()}):
            listed = self.broker.payments_of(str(account.user_id), direction)
            payments = {payment.payment_id: payment for payment in listed}
            for flow_id in (key for key, entry in account.in_flight.items() if entry.direction is direction):
                self._observe(self.store.load(account.owner, flow_id), payments)

    def _observe(self, state: FlowState, payments: Mapping[str, BrokerPayment]) -> None:
        flow = state.flow
        payment = payments.get(flow.payment_id or "") if flow is not None and flow.is_open else None
        if payment is not None:
            self._apply_payment(state, payment)

    @property
    def _lookup(self) -> PaymentLookup:
        return PaymentLookup(self.store, self.broker)

    def _require_agreement(self, state: FlowState, event_id: str, payment: BrokerPayment) -> None:
        flow, account = _present(state), state.account
        field = disagreement(account, flow, payment) if account is not None else None
        if field is not None:
            self.store.publish(disagreement_event(flow, field, f"{flow.flow_id}:{event_id}"))
            raise DisagreeingEvent(f"The payment has another {field} than the money flow.")

    def _replay(self, request: FlowRequest, flow: MoneyFlow) -> MoneyFlow:
        rules.require_same(request, flow)
        if flow.is_running(self.wall.now()):
            raise Conflict("The first request is still being worked on.", code="idempotency_in_progress")
        return flow

    def _bank(self, request: FlowRequest) -> BankAccount:
        find = self.banks.for_deposit if request.direction is Direction.DEPOSIT else self.banks.for_withdrawal
        return find(request.owner, request.funding_account_id)

    def _room(self, account: TradingAccount, request: FlowRequest, bank: BankAccount) -> int:
        """Return how much could move if nothing else were asked for: the bank's balance, or the broker's cash."""
        if request.direction is Direction.DEPOSIT:
            return bank.balance_cents or 0
        rules.require_off_hold(account, bank, self.limits, self.clock.now())
        try:
            return self.broker.money(str(account.broker_account_id)).available_for_withdrawal_cents
        except (Unavailable, Refused):
            raise Conflict(
                "The balance cannot be read at present; please try again.", code="balance_unavailable"
            ) from None

    def _begin(self, request: FlowRequest, state: FlowState, bank: BankAccount, room: int) -> tuple[MoneyFlow, bool]:
        if state.flow is not None:
            return self._replay(request, state.flow), True
        return self._send(self._intend(request, state, bank, room)), False

    def _intend(self, request: FlowRequest, state: FlowState, bank: BankAccount, room: int) -> FlowState:
        account = rules.require_account(state.account, request)
        rules.require_allowed(account, request)
        now = self.clock.now()
        asked = (account.asked or DayTotals(trading_date(now))).on(trading_date(now))
        rules.require_within_limit(asked, request, self.limits)
        rules.require_funds(account, request, room)
        flow = self._new_flow(request, account, bank, now)
        counted = replace(account, asked=asked.plus(request.direction, request.cents))
        return self.store.commit(replace(change_of(counted, None, flow, now), is_submission=True))

    def _new_flow(self, request: FlowRequest, account: TradingAccount, bank: BankAccount, now: datetime) -> MoneyFlow:
        flow_id = flow_id_of(request.owner, request.direction, request.key.key)
        order = PaymentOrder(str(account.account_no), request.cents, str(bank.broker_bank_account_id), flow_id)
        return MoneyFlow(
            flow_id=flow_id,
            owner=request.owner,
            account_id=account.account_id,
            funding_account_id=request.funding_account_id,
            direction=request.direction,
            cents=request.cents,
            order=order,
            attempt_id=new_id(),
            digest=request.key.digest,
            created_at=now,
            updated_at=now,
            asked_at=self.wall.now(),
            first_sent_at=now,
            due_at=now + LOOKUP_DELAYS[0],
        )

    def _go_on(self, state: FlowState, account: TradingAccount, flow: MoneyFlow) -> MoneyFlow | None:
        """Send again what the broker certainly does not have; hold it, or end it, while a pause or stop lasts."""
        now = self.clock.now()
        if rules.is_to_be_cancelled(account, flow):
            return self._cancel_unsent(flow.owner, flow.flow_id)
        if not rules.may_go_again(flow, now):
            return self._change(state, lambda flow: with_lookup(flow, now))
        if not rules.is_paused(account, flow.direction):
            with suppress(MoneyHalted):
                return self._send(self._mark_resubmission(state, account, flow))
        return self._change(state, lambda flow: held(flow, now))

    def _send(self, state: FlowState) -> MoneyFlow:
        """Ask the broker, and write what is then known."""
        flow = _present(state)
        ask = self.broker.deposit if flow.direction is Direction.DEPOSIT else self.broker.redeem
        try:
            payment = ask(flow.order, key=flow.attempt_id)
        except Refused as refusal:
            return self._refuse(state, refusal)
        except Unavailable:
            return self._change(state, unsent)
        except OutcomeUnknown:
            return self._change(state, unanswered)
        return self._apply_payment(state, payment)

    def _refuse(self, state: FlowState, refusal: Refused) -> MoneyFlow:
        flow = _present(state)
        if refusal.code == broker_errors.BANK_NEEDS_REAUTH:
            self.banks.flag_needs_reauth(flow.owner, flow.funding_account_id)
        error = rules.in_our_words(refusal)
        return self._change(state, lambda flow: flow if flow.is_answered else flow.refused(error, self.clock.now()))

    def _cancel_unsent(self, owner: str, flow_id: str) -> MoneyFlow | None:
        """Fail a withdrawal that certainly never left, if its account is paused meanwhile."""
        state = self.store.load(owner, flow_id)
        if state.flow is None or state.account is None or not rules.is_to_be_cancelled(state.account, state.flow):
            return state.flow
        return self._change(
            state,
            lambda flow: (
                flow.refused(rules.CANCELLED, self.clock.now()) if flow.attempt is AttemptState.UNSENT else flow
            ),
        )

    def _mark_resubmission(self, state: FlowState, account: TradingAccount, flow: MoneyFlow) -> FlowState:
        """Count one lookup more, and note that the flow may be out, before it is sent again."""
        now = self.clock.now()
        change = change_of(account, flow, with_lookup(flow, now).resent(now), now)
        written = self.store.commit(replace(change, judged_by=account, is_submission=True))
        return FlowState(state.account, written.flow)

    def _answer(
        self, state: FlowState, payment: BrokerPayment, *, event_id: str | None = None, is_lookup: bool = False
    ) -> MoneyFlow:
        """Say the advisor's word on a payment that waits for it, and write what is known then."""
        answered = Approvals(self.store, self.broker, self.clock).answer(state, payment)
        if answered.is_held:
            now = self.clock.now()
            return self._change(
                answered.state, lambda flow: held(flow.with_payment(payment, now), now), event_id=event_id
            )
        return self._apply_payment(answered.state, answered.payment, event_id=event_id, is_lookup=is_lookup)

    def _apply_payment(
        self, state: FlowState, payment: BrokerPayment, *, event_id: str | None = None, is_lookup: bool = False
    ) -> MoneyFlow:
        now, account = self.clock.now(), state.account

        def step(flow: MoneyFlow) -> MoneyFlow:
            after = observed(account, flow, payment, now) if account is not None else flow
            if after.disagrees_in or not after.awaits_approval:
                return replace(after, due_at=None)
            return with_lookup(after, now) if is_lookup or after.due_at is None else after

        return self._change(state, step, event_id=event_id)

    def _change(self, state: FlowState, step: Step, *, event_id: str | None = None) -> MoneyFlow:
        """Write what a step makes of a flow; where somebody wrote first, read again and take the step anew."""
        flow = _present(state)
        load = partial(self.store.load, flow.owner, flow.flow_id)
        return retry_from(state, load, lambda known: self._write(known, step, event_id))

    def _write(self, state: FlowState, step: Step, event_id: str | None) -> MoneyFlow:
        before, account = _present(state), state.account
        after = step(before)
        if after == before or account is None:
            return before
        change = replace(change_of(account, before, after, self.clock.now()), event_id=event_id)
        try:
            return _present(self.store.commit(change))
        except AlreadyHandled:
            return before


def _present(state: FlowState) -> MoneyFlow:
    if state.flow is None:
        raise NotFound("There is no such money flow.")
    return state.flow
