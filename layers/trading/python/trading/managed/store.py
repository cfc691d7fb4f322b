"""Managed portfolios, versions and ends of days in DynamoDB."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import AlreadyHandled
from trading.funding.rows import put_account
from trading.ledger.store import post
from trading.managed.flow_rows import has_new_flows, read_flows
from trading.managed.flows import Flow
from trading.managed.models import DayMark, ManagedPortfolio
from trading.managed.ports import DayPage, ManagedChange, ManagedState, VersionPage
from trading.managed.rows import MANAGED, put_portfolio, put_version, read_portfolio, version_sk
from trading.managed.versions.models import Version, VersionStatus
from trading.platform.documents import dump, load
from trading.platform.inbox import put_event_once
from trading.platform.outbox import put_event
from trading.platform.pages import page_of, scanned
from trading.platform.people import ACCOUNT, PersonRow, partition
from trading.platform.tables import ConditionFailed, Transaction

_DAY = "account-day#"


class DynamoManagedStore:
    """Managed portfolios with their account and versions."""

    def load(self, owner: str) -> ManagedState:
        """Return what is known of a person, strongly consistent, by at most two requests."""
        pk = partition(owner)
        rows = {str(row.sk): row for row in PersonRow.batch_get([(pk, ACCOUNT), (pk, MANAGED)], consistent_read=True)}
        account = load(TradingAccount, str(rows[ACCOUNT].document)) if ACCOUNT in rows else None
        portfolio = read_portfolio(rows[MANAGED]) if MANAGED in rows else None
        return ManagedState(account, portfolio, _open_versions(portfolio) if portfolio else ())

    def commit(self, change: ManagedChange) -> ManagedState:
        """Write a step in one transaction; return account, portfolio and the written versions.

        Days of flows that did not fit in are written after it; who dies in between leaves them in the portfolio.
        """
        transaction = Transaction()
        account = put_account(transaction, change.account) if change.account is not None else None
        versions = tuple(put_version(transaction, version) for version in change.versions)
        if change.entry is not None:
            post(transaction, change.entry)
        for event in change.events:
            put_event(transaction, event)
        if change.event_id is not None:
            put_event_once(transaction, change.event_id)
        portfolio = put_portfolio(transaction, change.portfolio)
        try:
            transaction.commit()
        except ConditionFailed as error:
            if "inbox" in error.labels:
                raise AlreadyHandled from error
            raise
        return ManagedState(account, _write_flows(portfolio), versions)

    def version(self, owner: str, version_id: str) -> Version | None:
        """Return a person's version, strongly consistent."""
        try:
            row = PersonRow.get(partition(owner), version_sk(version_id), consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return _read(row)

    def versions(
        self, owner: str, *, collection_id: str | None, status: VersionStatus | None, after: str | None, limit: int
    ) -> VersionPage:
        """Return a person's versions, newest first."""
        budget = scanned(limit, collection_id, status)
        places = _places(owner, after, budget + 1)
        read = _versions(owner, [place.rpartition("-")[2] for place in places])
        page = page_of(
            ((place, read[place.rpartition("-")[2]]) for place in places),
            limit=limit,
            budget=budget,
            is_wanted=lambda version: (
                collection_id in {None, version.collection_id} and status in {None, version.status}
            ),
        )
        return VersionPage(page.items, page.next_after)

    def flows(self, portfolio: ManagedPortfolio) -> Mapping[str, tuple[Flow, ...]]:
        """Return by collection what went in and out on each day since it was last empty; of the account under ''."""
        return read_flows(portfolio)

    def save_day(self, owner: str, mark: DayMark) -> None:
        """Write an account at the end of a day; a second time the same."""
        PersonRow(partition(owner), f"{_DAY}{mark.day.isoformat()}", document=dump(mark)).save()

    def day(self, owner: str, day: date) -> DayMark | None:
        """Return an account at the end of a day."""
        try:
            row = PersonRow.get(partition(owner), f"{_DAY}{day.isoformat()}", consistent_read=True)
        except PersonRow.DoesNotExist:
            return None
        return load(DayMark, str(row.document))

    def days(self, owner: str, *, after: str | None, limit: int) -> DayPage:
        """Return the ends of days, newest first."""
        bounds = PersonRow.sk.between(_DAY, after or f"{_DAY}~")
        rows = PersonRow.query(
            partition(owner), bounds, limit=limit + 2, scan_index_forward=False, consistent_read=True
        )
        found = [row for row in rows if row.sk != after]
        page = found[:limit]
        days = tuple(load(DayMark, str(row.document)) for row in page)
        return DayPage(days, str(page[-1].sk) if len(found) > limit else None)


def _write_flows(portfolio: ManagedPortfolio) -> ManagedPortfolio:
    """Write the days of flows that are left; whoever writes the portfolio meanwhile has them to write."""
    while has_new_flows(portfolio):
        transaction = Transaction()
        written = put_portfolio(transaction, portfolio)
        try:
            transaction.commit()
        except ConditionFailed:
            return portfolio
        portfolio = written
    return portfolio


def _open_versions(portfolio: ManagedPortfolio) -> tuple[Version, ...]:
    if not portfolio.open_versions:
        return ()
    found = _versions(portfolio.owner, list(portfolio.open_versions))
    return tuple(found[version_id] for version_id in portfolio.open_versions if version_id in found)


def _versions(owner: str, version_ids: list[str]) -> dict[str, Version]:
    keys = [(partition(owner), version_sk(version_id)) for version_id in version_ids]
    return {version.version_id: version for version in map(_read, PersonRow.batch_get(keys, consistent_read=True))}


def _places(owner: str, after: str | None, limit: int) -> list[str]:
    bounds = PersonRow.sk.between(after or "version-list#", "version-list#~")
    rows = PersonRow.query(partition(owner), bounds, limit=limit + 1, consistent_read=True)
    return [str(row.sk) for row in rows if row.sk != after][:limit]


def _read(row: PersonRow) -> Version:
    return replace(load(Version, str(row.document)), version=int(row.version or 0))
