"""Portfolios in DynamoDB: the record, the owner's directory, taken names and ids, snapshots."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from trading.automation.portfolios.block_events import blocked
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.ports import PortfolioPage, Snapshot
from trading.automation.portfolios.positions import Change
from trading.automation.portfolios.rows import (
    RECORD,
    Row,
    directory,
    owner_of,
    partition,
    put_blocks,
    put_change,
    put_record,
    record_row,
    session_sk,
    snapshot_sk,
)
from trading.automation.portfolios.sessions import Session
from trading.automation.rails.models import Block
from trading.history.models import BLOCKED
from trading.ledger.models import Entry
from trading.ledger.store import post
from trading.platform.documents import dump, load
from trading.platform.errors import Conflict
from trading.platform.outbox import put_event
from trading.platform.pages import Page, page_of, scanned
from trading.platform.tables import ConditionFailed, Transaction


class DynamoPortfolioStore:
    """Portfolio records, found by owner and id alone."""

    def create(self, portfolio: Portfolio, entry: Entry | None) -> None:
        """Write a new portfolio and the entry of its initial deposit in one transaction."""
        transaction = Transaction()
        transaction.put(record_row(portfolio), Row.pk.does_not_exist(), label="record")
        transaction.put(Row(f"id#{portfolio.key.portfolio_id}", "-"), Row.pk.does_not_exist(), label="id")
        transaction.put(_name_row(portfolio), Row.pk.does_not_exist(), label="name")
        transaction.put(_directory_row(portfolio))
        if entry is not None:
            post(transaction, entry)
        _commit_named(transaction)

    def find(self, key: PortfolioKey) -> Portfolio | None:
        """Return a portfolio that is not deleted, strongly consistent."""
        try:
            row = Row.get(partition(key), RECORD, consistent_read=True)
        except Row.DoesNotExist:
            return None
        portfolio = load(Portfolio, row.document)
        return portfolio if portfolio.deleted_at is None else None

    def page(self, owner: str, *, automated: bool | None, after: str | None, limit: int) -> PortfolioPage:
        """Return an owner's portfolios, newest first. Two requests."""
        last = after or "portfolio#~"
        bounds, budget = Row.sk.between("portfolio#", last), scanned(limit, automated)
        rows = Row.query(directory(owner), bounds, scan_index_forward=False, consistent_read=True, limit=budget + 2)
        page = page_of(
            ((row.sk, row) for row in rows if row.sk != after),
            limit=limit,
            budget=budget,
            is_wanted=lambda row: automated in {None, row.status == "automated"},
        )
        keys = [PortfolioKey(owner, int(row.sk.rpartition("#")[2])) for row in page.items]
        by_key = {portfolio.key: portfolio for portfolio in _records(keys)}
        portfolios = tuple(by_key[key] for key in keys if key in by_key)
        return PortfolioPage(portfolios, page.next_after)

    def automated(self, owner: str) -> Iterator[PortfolioKey]:
        """Yield the keys of an owner's portfolios that trade by themselves, strongly consistent. One request a page."""
        rows = Row.query(directory(owner), Row.sk.startswith("portfolio#"), consistent_read=True)
        for row in rows:
            if row.status == "automated":
                yield PortfolioKey(owner, int(row.sk.rpartition("#")[2]))

    def update(self, before: Portfolio, change: Change) -> Portfolio:
        """Write a changed portfolio with what hangs on its name, mode and deletion, in one transaction."""
        after = change.portfolio
        transaction = Transaction()
        written = put_change(transaction, change)
        if after.deleted_at is not None:
            transaction.delete(_name_row(before))
            transaction.delete(_directory_row(before))
        else:
            if after.name != before.name:
                transaction.delete(_name_row(before))
                transaction.put(_name_row(after), Row.pk.does_not_exist(), label="name")
            if after.is_automated != before.is_automated:
                transaction.put(_directory_row(after))
        _commit_named(transaction)
        return written

    def sessions_of(self, keys: Sequence[PortfolioKey], day: date) -> Mapping[PortfolioKey, Session]:
        """Return a day's sessions of several portfolios. One request per hundred."""
        rows = Row.batch_get([(partition(key), session_sk(day)) for key in keys])
        return {owner_of(row.pk): load(Session, row.document) for row in rows}

    def save_snapshot(self, portfolio: Portfolio, snapshot: Snapshot, blocks: Sequence[Block] = ()) -> bool:
        """Write a day's snapshot with the portfolio's new prices and blocks; return False if the day has one."""
        transaction = Transaction()
        put_record(transaction, portfolio)
        put_blocks(transaction, portfolio.key, blocks, BLOCKED)
        for event in blocked(portfolio, blocks):
            put_event(transaction, event)
        row = Row(partition(portfolio.key), snapshot_sk(snapshot.day), document=dump(snapshot))
        transaction.put(row, Row.pk.does_not_exist(), label="snapshot")
        try:
            transaction.commit()
        except ConditionFailed as error:
            if "snapshot" in error.labels:
                return False
            raise
        return True

    def snapshots(self, key: PortfolioKey, *, day: date | None, after: str | None, limit: int) -> Page[Snapshot]:
        """Return a page of snapshots, newest first."""
        first, last = (snapshot_sk(day), snapshot_sk(day)) if day else ("snapshot#", after or "snapshot#~")
        rows = Row.query(
            partition(key), Row.sk.between(first, last), scan_index_forward=False, limit=limit + 2, consistent_read=True
        )
        found = ((row.sk, load(Snapshot, row.document)) for row in rows if row.sk != after)
        return page_of(found, limit=limit, budget=limit)

    def snapshots_between(self, key: PortfolioKey, first: date, last: date) -> tuple[Snapshot, ...]:
        """Return the snapshots of a span, oldest first, behind the last one before it, if there is one."""
        span = Row.sk.between("snapshot#", snapshot_sk(last))
        found: list[Snapshot] = []
        for row in Row.query(partition(key), span, scan_index_forward=False, consistent_read=True):
            found.append(load(Snapshot, row.document))
            if found[-1].day < first:
                break
        return tuple(reversed(found))


def has_portfolio(owner: str) -> bool:
    """Say whether a person has any portfolio, strongly consistent."""
    return any(True for _ in Row.query(directory(owner), limit=1, consistent_read=True))


def _name_row(portfolio: Portfolio) -> Row:
    return Row(directory(portfolio.key.owner), f"name#{portfolio.name}")


def _directory_row(portfolio: Portfolio) -> Row:
    place = f"portfolio#{portfolio.created_at.isoformat(timespec='microseconds')}#{portfolio.key.portfolio_id}"
    mode = "automated" if portfolio.is_automated else "manual"
    return Row(directory(portfolio.key.owner), place, status=mode)


def _records(keys: Sequence[PortfolioKey]) -> Iterator[Portfolio]:
    for row in Row.batch_get([(partition(key), RECORD) for key in keys], consistent_read=True):
        yield load(Portfolio, row.document)


def _commit_named(transaction: Transaction) -> None:
    try:
        transaction.commit()
    except ConditionFailed as error:
        if "name" in error.labels:
            raise Conflict("Another portfolio has this name.", code="name_taken") from error
        raise
