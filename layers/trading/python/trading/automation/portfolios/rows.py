"""The rows of the `portfolios` table: how everything of a portfolio lies in its own partition.

    pk                       sk                              what
    portfolio#<owner>#<id>   action#2013-02-19#AAPL#SPLIT…   what a corporate action did
                             holding#AAPL                    a symbol that is, or was, held manually
                             position#2013-02-19#AAPL        positions, oldest day first
                             record                          the portfolio itself
                             session#<inverted day>          sessions, newest day first
                             snapshot#2013-02-19             snapshots, oldest day first
    directory#<owner>        name#<name>                     a name that is taken
                             portfolio#<created>#<id>        the list of the owner's portfolios
    id#<id>                  -                               an id that is taken
    held#NASDAQ              2013-02-19 2013-02-19#001…      symbols that positions may be open in
    trailing#NASDAQ          2013-02-19 2013-02-19#001…      symbols that a stop trails
                             2013-02-19~                     their highs of the day

Sessions run backwards so that one range, from the first unsettled position over the record to the
session of the same day, is all that a step of the trading day reads, in one consistent query.
What a row means lies in `document`, as JSON; conditions and indexes look at the other attributes.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from trading.automation.portfolios.block_events import history_of
from trading.automation.portfolios.exposure import exposure_of
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.positions import UNFINISHED, Change, Position, PositionStatus
from trading.automation.portfolios.row_indexes import (
    ActiveIndex,
    AutomatedIndex,
    BlockedIndex,
    CloseIndex,
    EnterIndex,
    ExposureIndex,
    HolderIndex,
    MissedIndex,
    OpenIndex,
    StopIndex,
    TargetIndex,
    TrailingIndex,
)
from trading.automation.portfolios.sessions import Session, SessionStatus
from trading.automation.rails.models import Block
from trading.history.models import BLOCKED, LIFTED, HistoryItem, HistoryType
from trading.history.store import put_history
from trading.ledger.store import post
from trading.markets.models import Exchange
from trading.platform.clock import NEW_YORK, rfc3339
from trading.platform.documents import dump
from trading.platform.inbox import put_receipt
from trading.platform.outbox import put_event
from trading.platform.shards import shard_of
from trading.platform.tables import DecimalAttribute, TableMeta, Transaction, table_name

RECORD = "record"
PLANNED_AT = time(9, 15)
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When the close of a portfolio is due that holds positions without a mark: nothing open goes unseen.

An order of a rail to sell everything is its own mark, so that it is due from its writing to its proof.
"""
_LAST_DAY = 99_999_999


class Row(Model):
    """Any row of the table."""

    class Meta(TableMeta):
        table_name = table_name("portfolios")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    status = UnicodeAttribute(null=True)
    symbols = UnicodeSetAttribute(null=True)
    active_shard = UnicodeAttribute(null=True)
    automated_shard = UnicodeAttribute(null=True)
    enter_key = UnicodeAttribute(null=True)
    enter_at = NumberAttribute(null=True)
    close_key = UnicodeAttribute(null=True)
    close_at = NumberAttribute(null=True)
    open_key = UnicodeAttribute(null=True)
    missed_key = UnicodeAttribute(null=True)
    blocked_key = UnicodeAttribute(null=True)
    blocked_at = UnicodeAttribute(null=True)
    holder_key = UnicodeAttribute(null=True)
    stop_key = UnicodeAttribute(null=True)
    stop_price = DecimalAttribute(null=True)
    trailing_key = UnicodeAttribute(null=True)
    trailing_percent = DecimalAttribute(null=True)
    target_key = UnicodeAttribute(null=True)
    target_price = DecimalAttribute(null=True)
    exposure_key = UnicodeAttribute(null=True)
    exposure = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    by_active = ActiveIndex()
    by_automated = AutomatedIndex()
    by_enter = EnterIndex()
    by_close = CloseIndex()
    by_open = OpenIndex()
    by_missed = MissedIndex()
    by_blocked = BlockedIndex()
    by_holder = HolderIndex()
    by_stop = StopIndex()
    by_target = TargetIndex()
    by_trailing = TrailingIndex()
    by_exposure = ExposureIndex()


def directory(owner: str) -> str:
    """Return the partition that lists an owner's portfolios."""
    return f"directory#{owner}"


def partition(key: PortfolioKey) -> str:
    """Return the partition of everything that belongs to a portfolio."""
    return f"portfolio#{key.text}"


def owner_of(pk: str) -> PortfolioKey:
    """Return the portfolio that a partition belongs to."""
    return PortfolioKey.parse(pk.removeprefix("portfolio#"))


def position_sk(day: date, symbol: str = "") -> str:
    """Return where a position lies; without a symbol, where a day's positions begin."""
    return f"position#{day.isoformat()}#{symbol}"


def session_sk(day: date) -> str:
    """Return where a session lies: later days first."""
    return f"session#{_LAST_DAY - int(day.strftime('%Y%m%d'))}"


def snapshot_sk(day: date) -> str:
    """Return where a snapshot lies."""
    return f"snapshot#{day.isoformat()}"


def shard_key(prefix: str, exchange: Exchange, number: int) -> str:
    """Return the hash key of an index over everybody, e.g. `enter#NASDAQ#3`."""
    return f"{prefix}#{exchange.code}#{number}"


def symbol_key(exchange: Exchange, symbol: str, number: int) -> str:
    """Return the hash key of the indexes by price, e.g. `NASDAQ#AAPL#3`: Toronto's `T` is not New York's."""
    return f"{exchange.code}#{symbol}#{number}"


def blocked_key(number: int) -> str:
    """Return the hash key of the index of blocked portfolios, e.g. `blocked#3`."""
    return f"blocked#{number}"


def missed_key(number: int) -> str:
    """Return the hash key of the index of missed sessions, e.g. `missed#3`."""
    return f"missed#{number}"


def day_of_session(sk: str) -> date:
    """Return the day of a session that lies at a place."""
    return date.fromisoformat(str(_LAST_DAY - int(sk.removeprefix("session#"))))


def record_row(portfolio: Portfolio) -> Row:
    """Return the row of a portfolio, with its place in the indexes over everybody."""
    pk = partition(portfolio.key)
    row = Row(pk, RECORD, document=dump(portfolio), version=portfolio.version)
    if portfolio.deleted_at is None:
        row.active_shard = shard_key("active", portfolio.exchange, shard_of(pk))
        if portfolio.is_automated:
            row.automated_shard = shard_key("automated", portfolio.exchange, shard_of(pk))
    if portfolio.due.enter_at is not None:
        row.enter_key = shard_key("enter", portfolio.exchange, shard_of(pk))
        row.enter_at = int(portfolio.due.enter_at.timestamp())
    row.holder_key = shard_key("claims", portfolio.exchange, shard_of(pk)) if portfolio.claims else None
    close_at = _close_at(portfolio)
    if close_at is not None:
        row.close_key = shard_key("close", portfolio.exchange, shard_of(pk))
        row.close_at = int(close_at.timestamp())
    if portfolio.rail_state.blocks and portfolio.deleted_at is None:
        since = max(block.since for block in portfolio.rail_state.blocks)
        row.blocked_key, row.blocked_at = blocked_key(shard_of(pk)), f"{rfc3339(since)}#{pk}"
    exposure = exposure_of(portfolio)
    if exposure is not None:
        row.exposure_key, row.exposure = shard_key("exposure", portfolio.exchange, shard_of(pk)), exposure.text
    return row


def _close_at(portfolio: Portfolio) -> datetime | None:
    order = portfolio.rail_state.flatten if portfolio.deleted_at is None else None
    return order.since if order else portfolio.due.close_at or (AT_ONCE if portfolio.open_positions else None)


def position_row(portfolio: Portfolio, position: Position) -> Row:
    """Return the row of a position, with its place in the index of all that is not over.

    While it is open, prices find it by its stop and its target.
    """
    pk = partition(portfolio.key)
    row = Row(pk, position_sk(position.trade_date, position.symbol), document=dump(position), status=position.status)
    if position.status in UNFINISHED:
        row.open_key = shard_key("open", portfolio.exchange, shard_of(pk))
    if position.status is PositionStatus.OPEN:
        row.stop_key = row.target_key = symbol_key(portfolio.exchange, position.symbol, shard_of(pk))
        row.stop_price, row.target_price = position.stop_price, position.target_price
        if position.trailing_percent is not None:
            row.trailing_key, row.trailing_percent = row.stop_key, position.trailing_percent
    return row


def holding_row(portfolio: Portfolio, symbol: str) -> Row:
    """Return the row by which an action of a company finds who holds its shares. It outlives the shares."""
    pk, sk = partition(portfolio.key), f"holding#{symbol}"
    return Row(pk, sk, holder_key=shard_key(sk, portfolio.exchange, shard_of(pk)))


def session_row(key: PortfolioKey, session: Session) -> Row:
    """Return the row of a session, with its place in the index of those that were missed."""
    pk = partition(key)
    row = Row(pk, session_sk(session.trade_date), document=dump(session), status=session.status)
    row.missed_key = missed_key(shard_of(pk)) if session.status is SessionStatus.MISSED else None
    return row


def put_session(
    transaction: Transaction, key: PortfolioKey, session: Session, condition: Condition | None = None
) -> None:
    """Add the writing of a session, with its place in the owner's history."""
    transaction.put(session_row(key, session), condition, label="session")
    day = session.trade_date.isoformat()
    item = HistoryItem(
        owner=key.owner,
        item_id=f"{key.portfolio_id}-{day}",
        type=HistoryType.SESSION,
        status=session.status,
        amount_cents=session.pnl_cents,
        at=datetime.combine(session.trade_date, PLANNED_AT, tzinfo=NEW_YORK),
        link=f"/api/portfolios/{key.portfolio_id}/sessions?date={day}",
    )
    put_history(transaction, item)


def put_blocks(transaction: Transaction, key: PortfolioKey, blocks: Iterable[Block], status: str) -> None:
    """Add the items of blocks in the owner's history, as they are now."""
    for block in blocks:
        put_history(transaction, history_of(key, block, status))


def _put_block_changes(transaction: Transaction, key: PortfolioKey, change: Change) -> None:
    """Add each item once: where a block takes the place of one of the same moment, the new one is what stays."""
    lifted = [history_of(key, block, LIFTED) for block in change.lifted]
    begun = [history_of(key, block, BLOCKED) for block in change.blocks]
    for item in {(item.at, item.item_id): item for item in (*lifted, *begun)}.values():
        put_history(transaction, item)


def put_record(transaction: Transaction, portfolio: Portfolio) -> Portfolio:
    """Add the writing of a portfolio's next version, if nobody wrote it first; return that version."""
    written = replace(portfolio, version=portfolio.version + 1)
    transaction.put(record_row(written), Row.version == portfolio.version, label="record")
    return written


def put_change(transaction: Transaction, change: Change) -> Portfolio:
    """Add everything that a change writes, each part on its condition; return the portfolio as written."""
    key = change.portfolio.key
    written = put_record(transaction, change.portfolio)
    for decision in change.decisions:
        row = position_row(change.portfolio, decision.position)
        transaction.put(row, Row.status == decision.before, label="position")
        if decision.entry is not None:
            post(transaction, decision.entry)
    for entry in change.entries:
        post(transaction, entry)
    for symbol in sorted({entry.trade.symbol for entry in change.entries if entry.trade}):
        transaction.put(holding_row(change.portfolio, symbol))
    for session in change.sessions:
        put_session(transaction, key, session)
    for event in change.events:
        put_event(transaction, event)
    _put_block_changes(transaction, key, change)
    if change.receipt is not None:
        put_receipt(transaction, change.receipt)
    return written
