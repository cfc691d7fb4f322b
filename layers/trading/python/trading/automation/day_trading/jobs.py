"""The jobs of the trading day: which portfolios are concerned now, as work for the queues.

Schedules are supersets of when a job is due, so each job asks the calendar per exchange. Finding is
all that happens here; workers decide again from what they read, so a portfolio named twice, or too
early, costs one read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from trading.automation.day_trading.messages import ExitWork, QuoteSeen, SessionWork
from trading.automation.day_trading.ports import Quotes, Rankings, WorkIndex
from trading.automation.portfolios.models import PortfolioKey, Task
from trading.automation.portfolios.ports import Days
from trading.automation.rails.highs import NO_HIGHS, Highs
from trading.markets.belief import EXIT, FLATTEN, is_amount
from trading.markets.calendar import close_starts_at, entries_end_at, monitor_until
from trading.markets.models import Exchange, Price, TradingDay
from trading.platform.clock import Clock, trading_date
from trading.platform.sources import Sources, sorted_source

NOT_DUE: Mapping[str, object] = {"status": "not_due"}


@dataclass(frozen=True)
class JobService:
    """Finds the work of each job and hands it to `send`, which takes a queue's name and messages.

    While everybody's trading `is_flattened`, all that is open is due to be closed.
    """

    index: WorkIndex
    days: Days
    quotes: Quotes
    rankings: Rankings
    send: Callable[[str, Iterable[SessionWork | ExitWork]], int]
    clock: Clock
    is_flattened: Callable[[], bool] = lambda: False

    def plan(self, scheduled_at: datetime) -> Mapping[str, object]:
        """Have every automated portfolio of the exchanges that trade today planned before the open."""
        return self._dispatch("session-plans", scheduled_at, self._plans, lambda day: True)

    def enter(self, scheduled_at: datetime) -> Mapping[str, object]:
        """Have planned entries filled, from the open on, and abandoned after 10 minutes."""
        return self._dispatch("session-entries", scheduled_at, self._entries, lambda day: scheduled_at >= day.opens_at)

    def close(self, scheduled_at: datetime) -> Mapping[str, object]:
        """Have positions sold that are due: each minute until every portfolio is flat."""
        return self._dispatch("session-closes", scheduled_at, self._closes, lambda day: scheduled_at >= day.opens_at)

    def snapshot(self, scheduled_at: datetime) -> Mapping[str, object]:
        """Have every active portfolio valued at the close."""
        return self._dispatch(
            "portfolio-snapshots", scheduled_at, self._snapshots, lambda day: scheduled_at >= day.closes_at
        )

    def monitor(self, scheduled_at: datetime) -> Mapping[str, object]:
        """Have positions sold whose target or stop the price has reached, and days stopped whose loss has.

        Costs one quotes request per 200 held symbols, one for the last trades of 200 that were hit, two
        queries per held symbol and shard, a third per symbol that a stop trails and that fell from its high, one or two
        requests for the highs, and one message per portfolio that was hit, however many
        positions are open. Losses cost one query per shard and megabyte of exposures beside.
        """
        return self._dispatch(
            "position-exits",
            scheduled_at,
            self._hits,
            lambda day: day.opens_at <= scheduled_at <= monitor_until(day),
        )

    def _dispatch(
        self,
        queue: str,
        scheduled_at: datetime,
        find: Callable[[TradingDay], Sources[SessionWork] | Sources[ExitWork]],
        is_due: Callable[[TradingDay], bool],
    ) -> Mapping[str, object]:
        today = trading_date(scheduled_at)
        days = [day for exchange in Exchange if (day := self.days.trading_day(exchange, today)) and is_due(day)]
        if not days:
            return NOT_DUE
        return {"status": "done", "dispatched": sum(self.send(queue, find(day)) for day in days)}

    def _plans(self, day: TradingDay) -> Sources[SessionWork]:
        version = self.rankings.version(day.exchange, day.day)
        return self.index.automated(day.exchange).map(
            lambda key: SessionWork.of(key, day.day, good_until=day.opens_at, signals_version=version)
        )

    def _entries(self, day: TradingDay) -> Sources[SessionWork]:
        until = entries_end_at(day)
        return self.index.due(Task.ENTER, day.exchange, self.clock.now()).map(
            lambda key: SessionWork.of(key, day.day, good_until=until)
        )

    def _closes(self, day: TradingDay) -> Sources[SessionWork]:
        now = self.clock.now()
        # Marks are of the regular close; on a day that is cut short they are due before they say so.
        is_early = now >= close_starts_at(day) or self.is_flattened()
        marked = max(now, day.opens_at + timedelta(days=1)) if is_early else now
        keys = self.index.due(Task.CLOSE, day.exchange, marked)
        return keys.map(lambda key: SessionWork.of(key, day.day))

    def _snapshots(self, day: TradingDay) -> Sources[SessionWork]:
        return self.index.active(day.exchange).map(lambda key: SessionWork.of(key, day.day))

    def _hits(self, day: TradingDay) -> Sources[ExitWork]:
        return Sources((sorted_source(f"hits#{day.exchange.code}", lambda: self._find_hits(day)),))

    def _find_hits(self, day: TradingDay) -> Mapping[str, ExitWork]:
        now = self.clock.now()
        held = dict.fromkeys(self.index.held_symbols(day.exchange, day.day))
        bids = self.quotes.prices(day.exchange, held, EXIT.since(day.opens_at), now)
        highs = self._observe(day, now) if held else NO_HIGHS
        found = self._find_reached(day, bids, highs)
        values = self.quotes.prices(day.exchange, held, FLATTEN.since(day.opens_at), now)
        lost = self._find_lost(day, values) if held else {}
        for key, symbols in lost.items():
            found[key] |= symbols
        trades = self.quotes.last_trades(day.exchange, sorted(set().union(*found.values())))
        seen = {s: QuoteSeen.of(day.exchange, s, price, trades.get(s), highs.of(s)) for s, price in values.items()}
        until = close_starts_at(day)
        return {
            key.text: ExitWork.of(
                key,
                day.day,
                good_until=until,
                quotes=[seen[symbol] for symbol in sorted(symbols)],
                may_be_lost=key in lost,
            )
            for key, symbols in found.items()
        }

    def _observe(self, day: TradingDay, now: datetime) -> Highs:
        return self.index.observe_highs(day, lambda known: self._confirm_bids(day, known, now), now)

    def _confirm_bids(
        self, day: TradingDay, known: Mapping[str, Decimal | None], now: datetime
    ) -> Mapping[str, Decimal]:
        """Return the bids that lie near the high before, or near a last trade: one quote alone makes no high.

        A high that nobody confirmed would have every position sold whose stop trails it.
        """
        new = [symbol for symbol, price in known.items() if price is None]
        trades = self.quotes.last_trades(day.exchange, new)
        traded = {symbol: trade.price for symbol, trade in trades.items() if is_amount(trade.price)}
        last = {symbol: price for symbol, price in known.items() if price is not None} | traded
        bids = self.quotes.prices(day.exchange, last, EXIT.since(day.opens_at), now)
        return {symbol: bid.amount for symbol, bid in bids.items()}

    def _find_reached(
        self, day: TradingDay, bids: Mapping[str, Price], highs: Highs
    ) -> defaultdict[PortfolioKey, set[str]]:
        """Return the portfolios that a price may have something sold of, with the symbols: by target, stop, or high."""
        found: defaultdict[PortfolioKey, set[str]] = defaultdict(set)
        for symbol, bid in bids.items():
            reached = self.index.hits(day.exchange, symbol, bid.amount)
            fallen = highs.fallen_percent(symbol, bid.amount)
            trailed = self.index.trailing_hits(day.exchange, symbol, fallen) if fallen is not None else ()
            for key in (*reached, *trailed):
                found[key].add(symbol)
        return found

    def _find_lost(self, day: TradingDay, values: Mapping[str, Price]) -> dict[PortfolioKey, set[str]]:
        """Return the portfolios whose day's loss may have reached its limit, with the symbols that have a price."""
        prices = {symbol: value.amount for symbol, value in values.items()}
        return {
            key: {held.symbol for held in exposure.holdings if held.symbol in prices}
            for key, exposure in self.index.exposed(day.exchange)
            if exposure.may_be_lost(day.day, prices)
        }
