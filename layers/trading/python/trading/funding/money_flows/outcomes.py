"""What a step of a money flow writes: the account after it, the journal entry, and its events."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from trading.brokerage.events import BrokerStatusUnknown
from trading.brokerage.models import Direction
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.accounts.models import NOTHING, InFlight, Pause, TradingAccount
from trading.funding.events import (
    DepositFailed,
    DepositReturned,
    DepositSucceeded,
    MoneyFlowEvent,
    PaymentDisagrees,
    TradingPaused,
    WithdrawalFailed,
    WithdrawalReturned,
    WithdrawalSucceeded,
)
from trading.funding.money_flows.models import AttemptState, FlowStatus, MoneyFlow, Step
from trading.funding.money_flows.ports import FlowChange
from trading.platform.clock import trading_date
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.outbox import OutboxEvent

HELD_FOR = timedelta(minutes=15)
_EVENT_TYPES: Mapping[tuple[Direction, FlowStatus], type[MoneyFlowEvent]] = {
    (Direction.DEPOSIT, FlowStatus.SUCCESS): DepositSucceeded,
    (Direction.DEPOSIT, FlowStatus.FAILED): DepositFailed,
    (Direction.DEPOSIT, FlowStatus.RETURNED): DepositReturned,
    (Direction.WITHDRAWAL, FlowStatus.SUCCESS): WithdrawalSucceeded,
    (Direction.WITHDRAWAL, FlowStatus.FAILED): WithdrawalFailed,
    (Direction.WITHDRAWAL, FlowStatus.RETURNED): WithdrawalFailed,
}
"""The event of each transition. Success and return are what a managed portfolio listens to."""


def change_of(account: TradingAccount, before: MoneyFlow | None, after: MoneyFlow, at: datetime) -> FlowChange:
    """Return what is written when a flow goes from one state to another; without `before` it is new."""
    if before is None:
        after = replace(after, timeline=(Step(after.status, at),))
    reference = f"{after.flow_id}:{after.status}"
    posting = account.posted(before.position if before else NOTHING, after.position, reference=reference, at=at)
    changed = _with_return(_counted(posting.account, before, after), before, after)
    same = replace(changed, updated_at=account.updated_at) == account
    events = tuple(_events(account, before, after))
    return FlowChange(after, account=None if same else changed, entry=posting.entry, events=events)


def with_lookup(flow: MoneyFlow, at: datetime) -> MoneyFlow:
    """Return a flow after one more lookup, with the moment of the next, or left to a person."""
    lookups = flow.lookups + 1
    if lookups < len(LOOKUP_DELAYS):
        return replace(flow, lookups=lookups, due_at=at + LOOKUP_DELAYS[lookups])
    return replace(flow, lookups=lookups, due_at=None, needs_person=True)


def held(flow: MoneyFlow, at: datetime) -> MoneyFlow:
    """Return a flow that is kept back by a pause or a stop: its next lookup is soon, however long that lasts."""
    return replace(flow, due_at=at + HELD_FOR)


def unsent(flow: MoneyFlow) -> MoneyFlow:
    """Return a flow whose request certainly did nothing; one that may have got through earlier stays unknown."""
    return replace(flow, attempt=AttemptState.UNSENT) if flow.attempt is AttemptState.SENDING else flow


def unanswered(flow: MoneyFlow) -> MoneyFlow:
    """Return a flow whose request may have got through, and nobody has heard."""
    return flow if flow.is_answered else replace(flow, attempt=AttemptState.UNKNOWN)


def disagreement_event(flow: MoneyFlow, field: str, subject: str) -> OutboxEvent:
    """Return the alarm that a payment is another than its flow asked for, and in which field."""
    return OutboxEvent(PaymentDisagrees(owner=flow.owner, money_flow_id=flow.flow_id, field=field), subject)


def _counted(account: TradingAccount, before: MoneyFlow | None, after: MoneyFlow) -> TradingAccount:
    """Return the account with the flow among those in flight, or no longer."""
    in_flight = {flow_id: entry for flow_id, entry in account.in_flight.items() if flow_id != after.flow_id}
    if after.is_open:
        in_flight[after.flow_id] = InFlight(after.direction, after.funding_account_id, after.cents, after.created_at)
    counted = replace(account, in_flight=in_flight)
    if before is None or before.status is after.status:
        return counted
    if after.status is FlowStatus.FAILED and account.asked and account.asked.day == trading_date(after.created_at):
        counted = replace(counted, asked=account.asked.plus(after.direction, -after.cents))
    if after.status is FlowStatus.SUCCESS and after.direction is Direction.DEPOSIT:
        counted = counted.with_settled(after.funding_account_id, after.flow_id, after.updated_at)
    return counted


def _with_return(account: TradingAccount, before: MoneyFlow | None, after: MoneyFlow) -> TradingAccount:
    """Return the account after a deposit was returned just now; what was returned before changes nothing."""
    if after.direction is not Direction.DEPOSIT or after.status is not FlowStatus.RETURNED:
        return account
    if before is not None and before.status is FlowStatus.RETURNED:
        return account
    paused = replace(account, pauses=account.pauses | {Pause.RETURNED_DEPOSIT})
    return paused.without_settled(after.funding_account_id, after.flow_id)


def _events(account: TradingAccount, before: MoneyFlow | None, after: MoneyFlow) -> Iterator[OutboxEvent]:
    status = before.status if before else FlowStatus.PENDING
    fields: dict[str, Any] = {
        "owner": after.owner,
        "money_flow_id": after.flow_id,
        "trading_account_id": after.account_id,
        "amount_cents": after.cents,
    }
    if after.status is not status and (after.direction, after.status) in _EVENT_TYPES:
        yield OutboxEvent(_EVENT_TYPES[after.direction, after.status](**fields), f"{after.flow_id}:{after.status}")
    if after.status is FlowStatus.RETURNED is not status and after.direction is Direction.DEPOSIT:
        yield OutboxEvent(TradingPaused(owner=after.owner, reason="returned_deposit"), after.flow_id)
    if after.status is FlowStatus.RETURNED is not status and after.direction is Direction.WITHDRAWAL:
        yield OutboxEvent(WithdrawalReturned(**fields), after.flow_id)
    if before and after.raw_status != before.raw_status and after.is_strange:
        subject = f"{after.flow_id}:{after.raw_status}"
        yield OutboxEvent(BrokerStatusUnknown(**fields, raw_status=after.raw_status), subject)
    if after.disagrees_in and after.disagrees_in != (before.disagrees_in if before else ""):
        yield disagreement_event(after, after.disagrees_in, f"{after.flow_id}:{after.version}")
    if after.needs_person and not (before and before.needs_person):
        # After every decision for another lookup it may be left to a person anew, and that is an event anew.
        yield OutboxEvent(OutcomeNeedsPerson(**fields), f"{after.flow_id}:{after.version}")
