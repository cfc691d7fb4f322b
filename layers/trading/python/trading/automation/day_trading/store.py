"""Positions and sessions in DynamoDB, beside their portfolio, and the indexes over everybody."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from trading.automation.day_trading.models import PortfolioState, Position, PositionStatus, Session, SessionStatus, Skip
from trading.automation.day_trading.ports import Change, EntriesStopped
from trading.automation.indexes import portfolios_of
from trading.automation.portfolios.models import Portfolio, PortfolioKey, Task
from trading.automation.rows import (
    RECORD,
    Row,
    owner_of,
    partition,
    position_row,
    position_sk,
    put_change,
    put_record,
    put_session,
    session_sk,
    symbol_key,
)
from trading.brokerage.halt_rows import (
    RESTRICTION_LABEL,
    TRADING_HALT_LABEL,
    check_may_buy,
    check_trading_goes_on,
    is_trading_halted,
    load_buy_restriction,
    load_trading_halt,
)
from trading.markets.models import Exchange
from trading.platform.documents import load
from trading.platform.expiry import REGISTRY_KEPT_FOR, expiry
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.paged_sets import add_to_pages, page_sk
from trading.platform.pages import Page, page_of, scanned
from trading.platform.shards import SHARDS
from trading.platform.sources import Sources
from trading.platform.tables import MAX_ITEMS, ConditionFailed, Transaction

POSITIONS_WITH_SESSION = 90
"""How many positions fit into one transaction beside record, session and events."""

REGISTRY_DAYS = 10
"""How long the registry is asked for symbols of positions that no close could sell."""

T = TypeVar("T", Position, Session)


class DynamoSessionStore:
    """Positions and sessions of one portfolio."""

    def load(self, key: PortfolioKey, today: date) -> PortfolioState | None:
        """Return a portfolio with its positions and sessions since the last settled day, strongly consistent."""
        state = _read_state(key, since=today)
        if state is not None and state.portfolio.unsettled_since and state.portfolio.unsettled_since < today:
            return _read_state(key, since=state.portfolio.unsettled_since)
        return state

    def save_plan(
        self, state: PortfolioState, positions: Sequence[Position], session: Session, events: Sequence[OutboxEvent] = ()
    ) -> None:
        """Write positions first and the session last; leftovers of a plan that died midway are replaced."""
        wanted = {position.symbol for position in positions}
        stale = [old for old in state.of(session.trade_date) if old.symbol not in wanted]
        early = [*stale, *positions][POSITIONS_WITH_SESSION:]
        for at in range(0, len(early), MAX_ITEMS):
            _write_early(state.portfolio, early[at : at + MAX_ITEMS], wanted)
        transaction = Transaction()
        put_record(transaction, state.portfolio)
        for position in [*stale, *positions][:POSITIONS_WITH_SESSION]:
            _put_or_drop(transaction, state.portfolio, position, wanted)
        put_session(transaction, state.key, session, Row.pk.does_not_exist())
        for event in events:
            put_event(transaction, event)
        transaction.commit()

    def commit(self, change: Change) -> Portfolio:
        """Write a change in one transaction and return the portfolio as written."""
        transaction = Transaction()
        if change.is_purchase:
            check_may_buy(transaction, change.portfolio.key.owner)
            check_trading_goes_on(transaction, change.portfolio.key.text)
        written = put_change(transaction, change)
        try:
            transaction.commit()
        except ConditionFailed as error:
            if {RESTRICTION_LABEL, TRADING_HALT_LABEL} & error.labels:
                raise EntriesStopped from error
            raise
        return written

    def positions(
        self,
        key: PortfolioKey,
        *,
        day: date | None,
        after: str | None,
        limit: int,
        status: PositionStatus | None = None,
    ) -> Page[Position]:
        """Return a page of positions, newest day first."""
        first = position_sk(day) if day else "position#"
        bounds, budget = Row.sk.between(first, after or f"{first}~"), scanned(limit, status)
        rows = Row.query(partition(key), bounds, scan_index_forward=False, consistent_read=True, limit=budget + 2)
        return _page(rows, Position, after=after, status=status, limit=limit)

    def sessions(
        self, key: PortfolioKey, *, day: date | None, after: str | None, limit: int, status: SessionStatus | None = None
    ) -> Page[Session]:
        """Return a page of sessions, newest first."""
        first, last = (session_sk(day), session_sk(day)) if day else (after or "session#", "session#~")
        budget = scanned(limit, status)
        rows = Row.query(partition(key), Row.sk.between(first, last), consistent_read=True, limit=budget + 2)
        return _page(rows, Session, after=after, status=status, limit=limit)


class DynamoStops:
    """What stops people from buying."""

    def __init__(self) -> None:
        self._is_trading_halted = is_trading_halted()

    def of_everybody(self) -> Skip | None:
        """Return why nobody may buy, if so, as it was when first asked. One request an invocation."""
        return Skip.TRADING_STOPPED if self._is_trading_halted() else None

    def of(self, owner: str) -> Skip | None:
        """Return why a person may not buy, if so. Two requests."""
        if load_trading_halt().trading_halted:
            return Skip.TRADING_STOPPED
        stop = load_buy_restriction(owner)
        return Skip(stop.value) if stop is not None else None


class DynamoWorkIndex:
    """Finds the portfolios that a job concerns. Indexes lag a little: jobs come round again."""

    def __init__(self) -> None:
        self._registered: set[tuple[Exchange, date, str]] = set()

    def automated(self, exchange: Exchange) -> Sources[PortfolioKey]:
        """Return the automated portfolios of an exchange."""
        return portfolios_of(Row.by_automated, "automated", exchange)

    def active(self, exchange: Exchange) -> Sources[PortfolioKey]:
        """Return every portfolio of an exchange that is not deleted."""
        return portfolios_of(Row.by_active, "active", exchange)

    def due(self, task: Task, exchange: Exchange, now: datetime) -> Sources[PortfolioKey]:
        """Return the portfolios of an exchange whose task is due."""
        index, moment = (Row.by_enter, Row.enter_at) if task is Task.ENTER else (Row.by_close, Row.close_at)
        return portfolios_of(index, task.value, exchange, moment <= int(now.timestamp()))

    def held_symbols(self, exchange: Exchange, today: date) -> frozenset[str]:
        """Return the symbols that positions of the last days may be open in. One request."""
        since = (today - timedelta(days=REGISTRY_DAYS)).isoformat()
        rows = Row.query(f"held#{exchange.code}", Row.sk >= since, consistent_read=True)
        return frozenset(symbol for row in rows for symbol in row.symbols or ())

    def register_held(self, exchange: Exchange, today: date, symbols: Collection[str]) -> None:
        """Add symbols to the registry before positions open in them. One request for each thousand, at most."""
        new = {symbol for symbol in symbols if (exchange, today, symbol) not in self._registered}
        kept = Row.expires_at.set(expiry(REGISTRY_KEPT_FOR))
        add_to_pages(
            lambda number: Row(f"held#{exchange.code}", page_sk(today.isoformat(), number)), Row.symbols, new, [kept]
        )
        self._registered |= {(exchange, today, symbol) for symbol in new}

    def hits(self, exchange: Exchange, symbol: str, price: Decimal) -> Iterator[PortfolioKey]:
        """Yield the portfolios of an exchange with an open position whose target or stop a price has reached."""
        for number in range(SHARDS):
            place = symbol_key(exchange, symbol, number)
            for row in Row.by_target.query(place, Row.target_price <= price):
                yield owner_of(row.pk)
            for row in Row.by_stop.query(place, Row.stop_price >= price):
                yield owner_of(row.pk)


def _read_state(key: PortfolioKey, *, since: date) -> PortfolioState | None:
    rows = Row.query(partition(key), Row.sk.between(position_sk(since), session_sk(since)), consistent_read=True)
    portfolio: Portfolio | None = None
    positions, sessions = [], []
    for row in rows:
        if row.sk == RECORD:
            portfolio = load(Portfolio, row.document)
        elif row.sk.startswith("position#"):
            positions.append(load(Position, row.document))
        else:
            sessions.append(load(Session, row.document))
    if portfolio is None or portfolio.deleted_at is not None:
        return None
    return PortfolioState(portfolio, tuple(positions), tuple(sessions))


def _write_early(portfolio: Portfolio, positions: Sequence[Position], wanted: set[str]) -> None:
    transaction = Transaction()
    for position in positions:
        _put_or_drop(transaction, portfolio, position, wanted)
    transaction.commit()


def _put_or_drop(transaction: Transaction, portfolio: Portfolio, position: Position, wanted: set[str]) -> None:
    unfilled = Row.pk.does_not_exist() | (Row.status == "pending")
    row = position_row(portfolio, position)
    if position.symbol in wanted:
        transaction.put(row, unfilled, label="position")
    else:
        transaction.delete(row, unfilled, label="position")


def _page(rows: Iterable[Row], kind: type[T], *, after: str | None, status: str | None, limit: int) -> Page[T]:
    others = ((row.sk, row) for row in rows if row.sk != after)
    page = page_of(
        others, limit=limit, budget=scanned(limit, status), is_wanted=lambda row: status in {None, row.status}
    )
    return Page(tuple(load(kind, row.document) for row in page.items), page.next_after)
