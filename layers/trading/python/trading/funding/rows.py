"""How trading accounts and money flows lie in the `people` table; see `trading.platform.people`.

account                    the person's trading account
flow#<id>                  a money flow
flow-list#<inverted>-<id>  the order of money flows: newest first
flow#<id> | -              whose a money flow is: the `note` that the broker echoes leads here
payment#<id> | -           whose a payment of the broker is, and which money flow
broker-account#<id> | -    whose an account at the broker is
"""

from dataclasses import replace
from datetime import UTC, datetime

from trading.funding.accounts.models import TradingAccount
from trading.funding.money_flows.models import MoneyFlow
from trading.platform.clock import rfc3339
from trading.platform.documents import dump
from trading.platform.people import ACCOUNT, PersonRow, is_unchanged, partition, set_due, set_unknown, shard_key
from trading.platform.tables import Transaction

DISCREPANCIES = "operator#discrepancies"
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def flow_sk(flow_id: str) -> str:
    """Return where a money flow lies in its owner's partition."""
    return f"flow#{flow_id}"


def newest_first(at: datetime, record_id: str) -> str:
    """Return a sort key that puts later moments first."""
    return f"{int((_END_OF_TIME - at).total_seconds() * 1_000_000):018d}-{record_id}"


def list_sk(flow: MoneyFlow) -> str:
    """Return a money flow's place in its owner's list."""
    return f"flow-list#{newest_first(flow.created_at, flow.flow_id)}"


def account_row(account: TradingAccount) -> PersonRow:
    """Return the row of an account; while its opening is unfinished, the resolver finds it, and then a person."""
    row = PersonRow(partition(account.owner), ACCOUNT, document=dump(account), version=account.version)
    if account.opened_at is not None:
        row.group_key = shard_key("open-accounts", row.pk)
    row.restriction = account.restriction
    row.entry_halt = dump(account.halt) if account.halt is not None else None
    if account.restricted_since is not None:
        row.restricted_key = shard_key("restricted", row.pk)
        row.restricted_at = f"{rfc3339(account.restricted_since)}#{row.pk}"
    opening = account.opening
    set_due(row, "resolve", opening.due_at if opening else None)
    set_unknown(row, opening.first_sent_at if opening and opening.needs_person else None)
    return row


def flow_row(flow: MoneyFlow) -> PersonRow:
    """Return the row of a money flow; while its outcome is not known, the resolver finds it, and then a person."""
    row = PersonRow(
        partition(flow.owner), flow_sk(flow.flow_id), document=dump(flow), version=flow.version, status=flow.status
    )
    set_due(row, "resolve", flow.due_at)
    set_unknown(row, flow.created_at if flow.needs_person else None)
    return row


def put_account(transaction: Transaction, account: TradingAccount) -> TradingAccount:
    """Add the writing of an account's next version, if nobody wrote it first; return that version."""
    is_restricted = account.restriction is not None or account.halt is not None
    since = account.restricted_since or account.updated_at if is_restricted else None
    written = replace(account, version=account.version + 1, restricted_since=since)
    transaction.put(account_row(written), is_unchanged(account.version), label="account")
    return written


def put_flow(transaction: Transaction, flow: MoneyFlow) -> MoneyFlow:
    """Add the writing of a money flow's next version, if nobody wrote it first; return that version."""
    written = replace(flow, version=flow.version + 1)
    transaction.put(flow_row(written), is_unchanged(flow.version), label="flow")
    return written
