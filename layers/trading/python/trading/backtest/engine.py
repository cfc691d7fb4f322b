"""The engine: one portfolio's trading days, done by the live service on a portfolio in memory.

A day: the set is ranked, the live service plans with the cash at 9:15, enters at the open, sells what the
path's quotes reach at each moment that is watched, holds the day's loss against its limit, and closes 30
minutes before the close. Nothing is held then, and the cash is what it was at the open with what the
positions cost and brought: both are checked. Rails are the portfolio's own, and remember earlier days.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest

from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.day_trading.planner import Ranking, rank_set
from trading.automation.day_trading.ports import Broker
from trading.automation.day_trading.service import SessionService
from trading.automation.portfolios.guards import flattened
from trading.automation.portfolios.models import DayTradingSettings, Portfolio, PortfolioKey
from trading.automation.portfolios.ports import Days
from trading.automation.portfolios.positions import Position
from trading.automation.portfolios.sessions import Session, SessionStatus, Skip, Skipped
from trading.automation.rails.highs import NO_HIGHS
from trading.automation.rails.models import RailName, RailSettings
from trading.backtest.happenings import NOTHING, RecordingBroker, RestrictionsAt, minute_of, quotes_of, sold_between
from trading.backtest.memory import DayRanking, MemoryPortfolio, NoRegistry, ShownQuotes
from trading.backtest.models import BacktestTrade, DayInput, DayResult
from trading.backtest.paths import Path, WorseOrder
from trading.backtest.unfolding import Unfolding
from trading.ledger.models import Entry
from trading.markets.calendar import close_starts_at, entries_end_at
from trading.markets.calendar import trading_day as regular_day
from trading.markets.models import Exchange, Quote, TradingDay
from trading.platform.clock import NEW_YORK, FixedClock
from trading.signals.gate import Gate

PLANNED_AT = time(9, 15)
KEY = PortfolioKey("backtest", 1)
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class DayNotSound(Exception):
    """A day ended with shares, or with other cash than its trades explain: a defect of ours, never a result."""


@dataclass(frozen=True)
class RegularDays:
    """The calendar, without closures that nobody foresaw but those that a run brings along."""

    known: Mapping[date, TradingDay] = field(default_factory=dict)

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        """Return an exchange's session on a day, or None."""
        return self.known.get(day) or regular_day(exchange, day)


@dataclass(frozen=True)
class Engine:
    """Trades days, each after the other, by settings, costs and a path.

    `tradable` names what may be bought; None lets all pass. With `may_hold` a day whose quotes never came may
    end with shares, which the next one sells, as it is with recorded quotes.
    """

    settings: DayTradingSettings
    rails: RailSettings = field(default_factory=RailSettings)
    broker: Broker = field(default_factory=PaperBroker)
    path: Path = field(default_factory=WorseOrder)
    gate: Gate = Gate.ADVISORY
    days: Days = field(default_factory=RegularDays)
    tradable: frozenset[str] | None = None
    may_hold: bool = False

    def run(self, exchange: Exchange, bankroll_cents: int, days: Iterable[DayInput]) -> Iterator[DayResult]:
        """Yield the result of each day, oldest first.

        Raises:
            DayNotSound: if a day does not add up.
        """
        memory: MemoryPortfolio | None = None
        for inputs in days:
            memory = memory or MemoryPortfolio(self._opened(exchange, bankroll_cents, inputs.day))
            yield self._trade(memory, inputs)

    def _trade(self, memory: MemoryPortfolio, inputs: DayInput) -> DayResult:
        day, ranking = inputs.day, self._ranking(inputs)
        unfolding = Unfolding(memory, inputs.happened)
        unfolding.begin()
        unfolding.go_on(_planned_at(day))
        opening, moved = memory.equity_cents, unfolding.moved_cents
        service = self._service(memory, ranking)
        if inputs.happened.not_replayed is None:
            replace(service, clock=FixedClock(_planned_at(day))).plan(KEY, day.day)
        if memory.portfolio.due.close_at is not None:
            self._watch(unfolding, service, inputs)
        unfolding.go_on(close_starts_at(day))
        if memory.portfolio.due.close_at is not None:
            self._close(memory, service, inputs, close_starts_at(day))
        unfolding.end()
        memory.remember_close(day.day)
        result = _result(memory, inputs, ranking, opening, self.path)
        result = replace(result, moved_cents=unfolding.moved_cents - moved, not_replayed=inputs.happened.not_replayed)
        if not self.may_hold:
            _check(memory, result)
        memory.forget(day.day)
        return result

    def _opened(self, exchange: Exchange, bankroll_cents: int, day: TradingDay) -> Portfolio:
        at = _planned_at(day) - timedelta(days=1)
        empty = Portfolio(KEY, "back-test", None, exchange, True, self.settings, at, at, rails=self.rails)
        return empty.deposited(bankroll_cents, at).portfolio

    def _ranking(self, inputs: DayInput) -> Ranking | None:
        if inputs.signals is None or not inputs.signals.recommendations:
            return None
        return rank_set(inputs.signals, self.tradable, self.broker.costs)

    def _service(self, memory: MemoryPortfolio, ranking: Ranking | None) -> SessionService:
        return SessionService(
            store=memory,
            index=NoRegistry(),
            ledger=memory,
            quotes=ShownQuotes({}),
            rankings=DayRanking(ranking),
            days=self.days,
            broker=self.broker,
            restrictions=RestrictionsAt(NOTHING, BEFORE_ALL),
            clock=FixedClock(BEFORE_ALL),
            gate=self.gate,
        )

    def _watch(self, unfolding: Unfolding, service: SessionService, inputs: DayInput) -> None:
        day, memory = inputs.day, unfolding.memory
        moments = self.path.watched_at(inputs)
        highs = NO_HIGHS
        for moment, following in zip_longest(moments, moments[1:]):
            self._unfold(unfolding, service, inputs, moment)
            present, shown = self._at(memory, service, inputs, moment)
            if self.rails.trailing_stop_percent is not None:
                highs = highs.observed({quote.symbol: quote.bid for quote in shown}, moment, entries_end_at(day))
            if memory.has_leftovers(day.day):
                present.close(KEY, day.day)
            if memory.portfolio.due.enter_at is not None:
                present.enter(KEY, day.day)
            if memory.may_be_hit(shown):
                present.exit_hits(KEY, day.day, shown, good_until=close_starts_at(day), highs=highs)
            is_lost = memory.may_be_lost(day.day, shown)
            if is_lost and present.stop_losses(KEY, day.day, shown, good_until=close_starts_at(day)):
                self._close(memory, service, inputs, moment, following or close_starts_at(day))

    def _unfold(self, unfolding: Unfolding, service: SessionService, inputs: DayInput, moment: datetime) -> None:
        unfolding.go_on(moment)
        flattened_at = unfolding.take_flattening(moment)
        if flattened_at is not None:
            memory = unfolding.memory
            memory.portfolio = flattened(memory.portfolio, RailName.OWNER_STOP, inputs.day.day, flattened_at)
            self._close(memory, service, inputs, minute_of(flattened_at))

    def _close(
        self,
        memory: MemoryPortfolio,
        service: SessionService,
        inputs: DayInput,
        moment: datetime,
        until: datetime | None = None,
    ) -> None:
        present, shown = self._at(memory, service, inputs, moment)
        fills = sold_between(inputs.happened, moment, until)
        if fills:
            quotes = {quote.symbol: quote for quote in (*shown, *quotes_of(fills, inputs.day.exchange, moment))}
            broker = RecordingBroker(self.broker.costs, fills)
            present = replace(present, quotes=ShownQuotes(quotes), broker=broker)
        present.close(KEY, inputs.day.day)

    def _at(
        self, memory: MemoryPortfolio, service: SessionService, inputs: DayInput, moment: datetime
    ) -> tuple[SessionService, Sequence[Quote]]:
        shown = tuple(self.path.quotes(inputs, moment, memory.state.held))
        quotes = ShownQuotes({quote.symbol: quote for quote in shown})
        restrictions = RestrictionsAt(inputs.happened, moment)
        return replace(service, clock=FixedClock(moment), quotes=quotes, restrictions=restrictions), shown


def _planned_at(day: TradingDay) -> datetime:
    return datetime.combine(day.day, PLANNED_AT, NEW_YORK).astimezone(UTC)


def _result(
    memory: MemoryPortfolio, inputs: DayInput, ranking: Ranking | None, opening_cents: int, path: Path
) -> DayResult:
    session = memory.sessions.get(inputs.day.day)
    commissions = _commissions(memory.entries)
    positions = sorted(memory.positions.values(), key=lambda position: (position.trade_date, position.order.rank))
    return DayResult(
        day=inputs.day.day,
        status=session.status if session else SessionStatus.NO_SIGNALS,
        path=path.name,
        opening_cents=opening_cents,
        closing_cents=memory.equity_cents,
        trades=tuple(
            _trade(position, commissions) for position in positions if position.closed_at and position.opened_at
        ),
        skipped=_counted(session, ranking),
        blocks=dict(sorted(Counter(block.rail.value for block in session.blocks).items())) if session else {},
        fills=tuple(memory.entries),
    )


def _trade(position: Position, commissions: Mapping[tuple[date, str], int]) -> BacktestTrade:
    if not (position.entry_price and position.exit_price and position.exit_reason):
        raise DayNotSound(f"{position.symbol} was sold without a price")
    if not (position.opened_at and position.closed_at):
        raise DayNotSound(f"{position.symbol} was sold at no time")
    return BacktestTrade(
        day=position.trade_date,
        symbol=position.symbol,
        rank=position.order.rank,
        shares=position.shares,
        entry_price=position.entry_price,
        exit_price=position.exit_price,
        exit_reason=position.exit_reason,
        cost_cents=position.cost_cents,
        proceeds_cents=position.proceeds_cents,
        commission_cents=commissions[position.trade_date, position.symbol],
        opened_at=position.opened_at,
        closed_at=position.closed_at,
    )


def _commissions(entries: Iterable[Entry]) -> Mapping[tuple[date, str], int]:
    found: Counter[tuple[date, str]] = Counter()
    for entry in entries:
        if entry.trade is not None and entry.trade.trade_date is not None:
            found[entry.trade.trade_date, entry.trade.symbol] += entry.trade.commission_cents
    return found


def _counted(session: Session | None, ranking: Ranking | None) -> Mapping[str, int]:
    """Count why candidates were not bought: the session's own reasons, and those that it shares with others."""
    skipped: tuple[Skipped, ...] = session.skipped if session else ()
    place = session.shared_skips if session else None
    if place is not None and ranking is not None:
        skipped += ranking.reasons[place.begin : place.end]
    counted = Counter(Skip(skip.reason).value for skip in skipped)
    return dict(sorted(counted.items()))


def _check(memory: MemoryPortfolio, result: DayResult) -> None:
    """Make sure that a day ended flat, with the cash that its trades explain.

    Raises:
        DayNotSound: if it did not.
    """
    portfolio = memory.portfolio
    if portfolio.holdings or portfolio.open_positions:
        raise DayNotSound(f"{result.day} ended with {', '.join(portfolio.holdings)}")
    explained = result.opening_cents + sum(trade.pnl_cents for trade in result.trades)
    if portfolio.cash_cents != explained:
        raise DayNotSound(f"{result.day} ended with {portfolio.cash_cents} cents, its trades lead to {explained}")
