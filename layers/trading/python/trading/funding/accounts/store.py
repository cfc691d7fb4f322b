"""Trading accounts in DynamoDB."""

from trading.funding.accounts.models import TradingAccount
from trading.funding.accounts.ports import AccountChange
from trading.funding.errors import AlreadyHandled
from trading.funding.rows import put_account
from trading.platform.audit import put_audit
from trading.platform.documents import load
from trading.platform.inbox import put_event_once
from trading.platform.outbox import put_event
from trading.platform.people import ACCOUNT, PersonRow, find_reference, partition, put_reference
from trading.platform.tables import ConditionFailed, Transaction


class DynamoAccountStore:
    """Trading accounts, one a person."""

    def find(self, owner: str) -> TradingAccount | None:
        """Return a person's account, strongly consistent; it may be a shell."""
        try:
            row = PersonRow.get(partition(owner), ACCOUNT, consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return load(TradingAccount, str(row.document))

    def commit(self, change: AccountChange) -> TradingAccount:
        """Write a step in one transaction; return the account as written."""
        transaction, account = Transaction(), change.account
        written = put_account(transaction, account)
        if account.broker_account_id is not None:
            put_reference(transaction, "broker-account", account.broker_account_id, account.owner)
        if change.event_id is not None:
            put_event_once(transaction, change.event_id)
        for event in change.events:
            put_event(transaction, event)
        if change.audit is not None:
            put_audit(transaction, change.audit, owner=account.owner, action=change.action, at=change.at)
        try:
            transaction.commit()
        except ConditionFailed as error:
            if "inbox" in error.labels:
                raise AlreadyHandled from error
            raise
        return written

    def owner_of(self, broker_account_id: str) -> str | None:
        """Return whose an account at the broker is."""
        found = find_reference("broker-account", broker_account_id)
        return found[0] if found else None
