"""Money flows in DynamoDB, each step one transaction with the account, the ledger, the inbox and the outbox."""

from trading.brokerage.halt_rows import MONEY_HALT_LABEL, check_money_moves
from trading.brokerage.models import Direction
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import AlreadyHandled, MoneyHalted, NotLinked
from trading.funding.money_flows.models import FlowStatus, MoneyFlow
from trading.funding.money_flows.ports import FlowChange, FlowPage, FlowState
from trading.funding.rows import flow_sk, list_sk, put_account, put_flow
from trading.history.models import HistoryItem, HistoryType
from trading.history.store import put_history
from trading.ledger.store import post
from trading.platform.audit import put_audit
from trading.platform.documents import load
from trading.platform.errors import TillerError
from trading.platform.inbox import put_event_once
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.pages import page_of, scanned
from trading.platform.people import ACCOUNT, PersonRow, find_reference, partition, put_reference
from trading.platform.tables import ConditionFailed, Transaction

LINKED = "linked"


class DynamoFlowStore:
    """Money flows with the account that they move."""

    def load(self, owner: str, flow_id: str) -> FlowState:
        """Return a person's account and a money flow, strongly consistent, by one request."""
        pk = partition(owner)
        rows = {
            str(row.sk): str(row.document)
            for row in PersonRow.batch_get([(pk, ACCOUNT), (pk, flow_sk(flow_id))], consistent_read=True)
        }
        account, flow = rows.get(ACCOUNT), rows.get(flow_sk(flow_id))
        return FlowState(
            load(TradingAccount, account) if account is not None else None,
            load(MoneyFlow, flow) if flow is not None else None,
        )

    def commit(self, change: FlowChange) -> FlowState:
        """Write a step in one transaction; return account and flow as written."""
        transaction = Transaction()
        if change.flow.version == 0:
            _put_new(transaction, change.flow)
        flow = put_flow(transaction, change.flow)
        account = put_account(transaction, change.account) if change.account is not None else None
        _check(transaction, change)
        _put_traces(transaction, change)
        try:
            transaction.commit()
        except ConditionFailed as error:
            raise _meaning(error) from error
        return FlowState(account, flow)

    def publish(self, event: OutboxEvent) -> None:
        """Write an event that no record changes with."""
        transaction = Transaction()
        put_event(transaction, event)
        transaction.commit()

    def owner_of_flow(self, flow_id: str) -> str | None:
        """Return whose a money flow is, strongly consistent."""
        found = find_reference("flow", flow_id)
        return found[0] if found else None

    def flow_of_payment(self, payment_id: str) -> tuple[str, str] | None:
        """Return owner and id of the money flow that a payment of the broker belongs to."""
        return find_reference("payment", payment_id)

    def find(self, owner: str, flow_id: str) -> MoneyFlow | None:
        """Return a person's money flow."""
        try:
            row = PersonRow.get(partition(owner), flow_sk(flow_id), consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return load(MoneyFlow, str(row.document))

    def page(
        self, owner: str, *, direction: Direction | None, status: FlowStatus | None, after: str | None, limit: int
    ) -> FlowPage:
        """Return a person's money flows, newest first."""
        budget = scanned(limit, direction, status)
        places = _places(owner, after, budget + 1)
        flows = _flows(owner, [place.rpartition("-")[2] for place in places])
        page = page_of(
            ((place, flows[place.rpartition("-")[2]]) for place in places),
            limit=limit,
            budget=budget,
            is_wanted=lambda flow: direction in {None, flow.direction} and status in {None, flow.status},
        )
        return FlowPage(page.items, page.next_after)


def _check(transaction: Transaction, change: FlowChange) -> None:
    """Add the conditions on what a step does not write."""
    judged_by = change.judged_by
    if judged_by is not None and change.account is None:
        key = (partition(judged_by.owner), ACCOUNT)
        transaction.check(PersonRow, key, PersonRow.version == judged_by.version, label="account")
    if change.is_submission:
        check_money_moves(transaction, change.flow.owner)


def _meaning(error: ConditionFailed) -> TillerError:
    """Return what a condition that did not hold means."""
    if "inbox" in error.labels:
        return AlreadyHandled()
    if "funding-account" in error.labels:
        return NotLinked("There is no such funding account.")
    if MONEY_HALT_LABEL in error.labels:
        return MoneyHalted("Transfers are stopped at present. Please try again later.")
    return error


def _put_new(transaction: Transaction, flow: MoneyFlow) -> None:
    pk = partition(flow.owner)
    bank = (pk, f"bank-account#{flow.funding_account_id}")
    transaction.check(PersonRow, bank, PersonRow.status == LINKED, label="funding-account")
    transaction.put(PersonRow(pk, list_sk(flow)))
    put_reference(transaction, "flow", flow.flow_id, flow.owner)


def _put_traces(transaction: Transaction, change: FlowChange) -> None:
    """Add what a step leaves beside flow and account: journal, inbox, outbox, audit, references."""
    flow = change.flow
    put_history(transaction, _history_of(flow))
    if change.entry is not None:
        post(transaction, change.entry)
    if change.event_id is not None:
        put_event_once(transaction, change.event_id)
    for event in change.events:
        put_event(transaction, event)
    if change.audit is not None:
        put_audit(transaction, change.audit, owner=flow.owner, action="resolve_unknown", at=flow.updated_at)
    if flow.payment_id is not None:
        put_reference(transaction, "payment", flow.payment_id, flow.owner, flow.flow_id)


def _history_of(flow: MoneyFlow) -> HistoryItem:
    is_deposit = flow.direction is Direction.DEPOSIT
    return HistoryItem(
        owner=flow.owner,
        item_id=flow.flow_id,
        type=HistoryType.DEPOSIT if is_deposit else HistoryType.WITHDRAWAL,
        status=flow.status,
        amount_cents=flow.cents if is_deposit else -flow.cents,
        at=flow.created_at,
        link=f"/api/money-flows/{flow.flow_id}",
    )


def _places(owner: str, after: str | None, limit: int) -> list[str]:
    bounds = PersonRow.sk.between(after or "flow-list#", "flow-list#~")
    rows = PersonRow.query(partition(owner), bounds, limit=limit + 1, consistent_read=True)
    return [str(row.sk) for row in rows if row.sk != after][:limit]


def _flows(owner: str, flow_ids: list[str]) -> dict[str, MoneyFlow]:
    keys = [(partition(owner), flow_sk(flow_id)) for flow_id in flow_ids]
    rows = PersonRow.batch_get(keys, consistent_read=True)
    return {flow.flow_id: flow for flow in (load(MoneyFlow, str(row.document)) for row in rows)}
