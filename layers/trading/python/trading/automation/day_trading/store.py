"""What keeps people from buying, and the indexes over everybody, in DynamoDB."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pynamodb.expressions.condition import Condition

from trading.automation.day_trading.ports import BidsOf, EntryHalt
from trading.automation.portfolios.exposure import Exposure
from trading.automation.portfolios.models import PortfolioKey, Task
from trading.automation.portfolios.rows import Row, owner_of, shard_key, symbol_key
from trading.automation.portfolios.sessions import Skip
from trading.automation.rails.halts import kill_switch
from trading.automation.rails.highs import NO_HIGHS, Highs
from trading.brokerage.halt_rows import load_restrictions, load_trading_halt, trading_halt_once
from trading.markets.calendar import entries_end_at
from trading.markets.models import Exchange, TradingDay
from trading.platform.documents import dump, load
from trading.platform.expiry import REGISTRY_KEPT_FOR, expiry
from trading.platform.paged_sets import add_to_pages, page_sk
from trading.platform.retry import retry_on_stale
from trading.platform.shards import SHARDS
from trading.platform.sources import Sources, index_source
from trading.platform.tables import Transaction

REGISTRY_DAYS = 10
"""How long the registry is asked for symbols of positions that no close could sell."""


class DynamoBuyRestrictions:
    """What keeps a person, or everybody, from buying."""

    def __init__(self) -> None:
        self._trading_halt = trading_halt_once()

    def of_everybody(self) -> EntryHalt | None:
        """Return why nothing is entered for anybody, as it was when first asked. One request an invocation."""
        halt = self._trading_halt()
        return EntryHalt(Skip.TRADING_STOPPED, tuple(kill_switch(halt, None))) if halt.trading_halted else None

    def of(self, owner: str) -> EntryHalt | None:
        """Return why nothing is entered for a person, if so. Two requests."""
        everybody, (restriction, person) = load_trading_halt(), load_restrictions(owner)
        blocks = tuple(kill_switch(everybody, person))
        if everybody.trading_halted:
            return EntryHalt(Skip.TRADING_STOPPED, blocks)
        if restriction is not None:
            return EntryHalt(Skip(restriction.value), blocks)
        return EntryHalt(Skip.TRADING_PAUSED, blocks) if person is not None else None


class DynamoWorkIndex:
    """Finds the portfolios that a job concerns. Indexes lag a little: jobs come round again."""

    def __init__(self) -> None:
        self._registered: set[tuple[Exchange, date, str]] = set()

    def automated(self, exchange: Exchange) -> Sources[PortfolioKey]:
        """Return the automated portfolios of an exchange."""
        return _portfolios_of(Row.by_automated, "automated", exchange)

    def active(self, exchange: Exchange) -> Sources[PortfolioKey]:
        """Return every portfolio of an exchange that is not deleted."""
        return _portfolios_of(Row.by_active, "active", exchange)

    def due(self, task: Task, exchange: Exchange, now: datetime) -> Sources[PortfolioKey]:
        """Return the portfolios of an exchange whose task is due."""
        index, moment = (Row.by_enter, Row.enter_at) if task is Task.ENTER else (Row.by_close, Row.close_at)
        return _portfolios_of(index, task.value, exchange, moment <= int(now.timestamp()))

    def exposed(self, exchange: Exchange) -> Iterator[tuple[PortfolioKey, Exposure]]:
        """Yield the portfolios of an exchange whose day's loss is watched. A request per megabyte and shard."""
        for number in range(SHARDS):
            for row in Row.by_exposure.query(shard_key("exposure", exchange, number)):
                yield owner_of(row.pk), Exposure.parse(row.exposure)

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

    def register_trailing(self, exchange: Exchange, today: date, symbols: Collection[str]) -> None:
        """Add symbols to those whose highs passes observe. One request for each thousand, at most."""
        add_to_pages(
            lambda number: Row(f"trailing#{exchange.code}", page_sk(today.isoformat(), number)),
            Row.symbols,
            set(symbols),
            [Row.expires_at.set(expiry(REGISTRY_KEPT_FOR))],
        )

    @retry_on_stale
    def observe_highs(self, day: TradingDay, bids_of: BidsOf, at: datetime) -> Highs:
        """Keep what a pass observed of the symbols that stops trail, and return their highs."""
        pk, first, last = f"trailing#{day.exchange.code}", day.day.isoformat(), f"{day.day.isoformat()}~"
        rows = list(Row.query(pk, Row.sk.between(first, last), consistent_read=True))
        kept = next((row for row in rows if row.sk == last), None)
        trailing = {symbol for row in rows for symbol in row.symbols or ()}
        before = load(Highs, kept.document) if kept is not None else NO_HIGHS
        after = before.observed(bids_of(before.last_known(trailing)), at, entries_end_at(day)) if trailing else before
        if after != before:
            _put_highs(Row(pk, last, document=dump(after)), kept)
        return after

    def trailing_hits(self, exchange: Exchange, symbol: str, fallen_percent: Decimal) -> Iterator[PortfolioKey]:
        """Yield the portfolios of an exchange whose trailing stop a price may have reached."""
        for number in range(SHARDS):
            place = symbol_key(exchange, symbol, number)
            for row in Row.by_trailing.query(place, Row.trailing_percent <= fallen_percent):
                yield owner_of(row.pk)

    def hits(self, exchange: Exchange, symbol: str, price: Decimal) -> Iterator[PortfolioKey]:
        """Yield the portfolios of an exchange with an open position whose target or stop a price has reached."""
        for number in range(SHARDS):
            place = symbol_key(exchange, symbol, number)
            for row in Row.by_target.query(place, Row.target_price <= price):
                yield owner_of(row.pk)
            for row in Row.by_stop.query(place, Row.stop_price >= price):
                yield owner_of(row.pk)


def _put_highs(row: Row, before: Row | None) -> None:
    transaction = Transaction()
    row.version = 1 if before is None else before.version + 1
    row.expires_at = expiry(REGISTRY_KEPT_FOR)
    is_same = Row.pk.does_not_exist() if before is None else Row.version == before.version
    transaction.put(row, is_same, label="highs")
    transaction.commit()


def _portfolios_of(
    index: Any,  # noqa: ANN401 - any index of a portfolio's rows
    kind: str,
    exchange: Exchange,
    condition: Condition | None = None,
) -> Sources[PortfolioKey]:
    keys = (shard_key(kind, exchange, number) for number in range(SHARDS))
    return Sources(tuple(index_source(key, index, lambda row: owner_of(row.pk), condition) for key in keys))
