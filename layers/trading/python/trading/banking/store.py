"""Links and funding accounts in DynamoDB; what opens a link is sealed with its own key."""

import json
from dataclasses import replace

from trading.banking.models import AccountState, BankLink, FundingAccount, ItemRemoval
from trading.banking.ports import BankChange, BankState
from trading.platform.audit import put_audit
from trading.platform.documents import dump, load
from trading.platform.errors import Conflict
from trading.platform.outbox import put_event
from trading.platform.people import (
    PersonRow,
    find_reference,
    partition,
    put_reference,
    reference_row,
    set_due,
    set_unknown,
    shard_key,
)
from trading.platform.tables import ConditionFailed, Transaction
from trading.platform.vault import TOKENS

LINK, ACCOUNT, TOKEN, REMOVAL = "bank-link#", "bank-account#", "bank-token#", "bank-item#"
CLAIMS = "bank-claims"
TRADING_ACCOUNT, KYC_RECORD = "account", "kyc#record"
PURPOSE = "bank-token"


def funding_account_sk(funding_account_id: str) -> str:
    """Return the sort key of a funding account in its owner's partition; its row's status is its state."""
    return f"{ACCOUNT}{funding_account_id}"


class DynamoBankStore:
    """Links and funding accounts."""

    def load(self, owner: str) -> BankState:
        """Return everything of a person, strongly consistent, by one request."""
        rows = list(PersonRow.query(partition(owner), PersonRow.sk.startswith("bank-"), consistent_read=True))
        links = (load(BankLink, str(row.document)) for row in rows if row.sk.startswith(LINK))
        accounts = (load(FundingAccount, str(row.document)) for row in rows if row.sk.startswith(ACCOUNT))
        removals = (load(ItemRemoval, str(row.document)) for row in rows if row.sk.startswith(REMOVAL))
        return BankState(
            {link.link_id: link for link in links},
            {account.funding_account_id: account for account in accounts},
            {row.sk.removeprefix(TOKEN): bytes(row.ciphertext) for row in rows if row.sk.startswith(TOKEN)},
            {removal.removal_id: removal for removal in removals},
            next((int(row.version) for row in rows if row.sk == CLAIMS), 0),
        )

    def account(self, owner: str, funding_account_id: str) -> FundingAccount | None:
        """Return a funding account."""
        try:
            row = PersonRow.get(partition(owner), funding_account_sk(funding_account_id), consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return load(FundingAccount, str(row.document))

    def open_token(self, owner: str, sealed: bytes) -> str:
        """Return a token from its sealed form."""
        return TOKENS.open(sealed, owner=owner, purpose=PURPOSE)

    def link_of_item(self, item_id: str) -> tuple[str, str] | None:
        """Return owner and id of the link of a provider's item."""
        return find_reference("bank-item", item_id)

    def user_id(self, owner: str) -> str | None:
        """Return a person's id at the broker."""
        try:
            row = PersonRow.get(partition(owner), KYC_RECORD, consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        user_id = json.loads(str(row.document)).get("user_id")
        return str(user_id) if user_id else None

    def commit(self, change: BankChange) -> None:
        """Write a step in one transaction."""
        transaction = Transaction()
        if change.link is not None:
            _put_link(transaction, change.link, change.token, change.replaces_item)
        if change.ends_link is not None:
            _delete_link(transaction, change.ends_link)
        for account in change.accounts:
            _put_account(transaction, account, change)
        _put_removals(transaction, change)
        for event in change.events:
            put_event(transaction, event)
        _put_audits(transaction, change)
        try:
            transaction.commit()
        except ConditionFailed as error:
            if "reference:bank-item" in error.labels:
                raise Conflict("This bank link belongs to somebody else.", code="already_connected") from error
            raise


def _put_audits(transaction: Transaction, change: BankChange) -> None:
    if change.audit is not None:
        for account in change.accounts:
            put_audit(transaction, change.audit, owner=account.owner, action="resolve_unknown", at=account.updated_at)


def _put_removals(transaction: Transaction, change: BankChange) -> None:
    if change.removal is not None:
        _put_removal(transaction, change.removal, change.removal_token)
    if change.drops is not None:
        row = PersonRow(partition(change.drops.owner), f"{REMOVAL}{change.drops.removal_id}")
        transaction.delete(row, PersonRow.version == change.drops.version, label="removal")
        transaction.delete(_token_row(change.drops.owner, change.drops.removal_id))


def _put_removal(transaction: Transaction, removal: ItemRemoval, token: str | None) -> None:
    row = PersonRow(partition(removal.owner), f"{REMOVAL}{removal.removal_id}", version=removal.version + 1)
    row.document = dump(replace(removal, version=removal.version + 1))
    set_due(row, "resolve", removal.due_at)
    unchanged = PersonRow.version == removal.version if removal.version else PersonRow.pk.does_not_exist()
    transaction.put(row, unchanged, label="removal")
    if token is not None:
        transaction.put(_sealed(removal.owner, removal.removal_id, token))


def _put_link(transaction: Transaction, link: BankLink, token: str | None, replaces_item: str | None) -> None:
    pk = partition(link.owner)
    row = PersonRow(pk, f"{LINK}{link.link_id}", document=dump(replace(link, version=link.version + 1)))
    row.version, row.group_key = link.version + 1, shard_key("live-links", pk)
    unchanged = PersonRow.version == link.version if link.version else PersonRow.pk.does_not_exist()
    transaction.put(row, unchanged, label="link")
    if token is not None:
        transaction.put(_sealed(link.owner, link.link_id, token))
        put_reference(transaction, "bank-item", link.item_id, link.owner, link.link_id)
    if replaces_item is not None:
        transaction.delete(reference_row("bank-item", replaces_item, link.owner))


def _delete_link(transaction: Transaction, link: BankLink) -> None:
    pk = partition(link.owner)
    row = PersonRow(pk, f"{LINK}{link.link_id}")
    transaction.delete(row, PersonRow.version == link.version, label="link")
    transaction.delete(_token_row(link.owner, link.link_id))
    transaction.delete(reference_row("bank-item", link.item_id, link.owner))


def _put_account(transaction: Transaction, account: FundingAccount, change: BankChange) -> None:
    pk = partition(account.owner)
    row = PersonRow(pk, funding_account_sk(account.funding_account_id), status=account.state)
    row.document, row.version = dump(replace(account, version=account.version + 1)), account.version + 1
    set_due(row, "resolve", account.due_at)
    set_unknown(row, account.first_sent_at if account.needs_person else None)
    unchanged = PersonRow.version == account.version if account.version else PersonRow.pk.does_not_exist()
    transaction.put(row, unchanged, label="account")
    if change.claims is not None:
        counted = PersonRow.version == change.claims if change.claims else PersonRow.pk.does_not_exist()
        transaction.put(PersonRow(pk, CLAIMS, version=change.claims + 1), counted, label="claims")
    if change.processor_token is not None:
        transaction.put(_sealed(account.owner, account.funding_account_id, change.processor_token))
    elif change.settles and account.state is not AccountState.ADDING:
        transaction.delete(_token_row(account.owner, account.funding_account_id))
    if change.unless_money_moved is not None:
        version = change.unless_money_moved.account_version
        unchanged = PersonRow.version == version if version else PersonRow.pk.does_not_exist()
        transaction.check(PersonRow, (pk, TRADING_ACCOUNT), unchanged, label="money")


def _token_row(owner: str, record_id: str) -> PersonRow:
    return PersonRow(partition(owner), f"{TOKEN}{record_id}")


def _sealed(owner: str, record_id: str, token: str) -> PersonRow:
    row = _token_row(owner, record_id)
    row.ciphertext = TOKENS.seal(token, owner=owner, purpose=PURPOSE)
    return row
