"""The entries of one portfolio at the open: who may buy, at which prices, for how much and how fast."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from trading.automation.day_trading import closing, entries
from trading.automation.day_trading.entries import Budget, Step
from trading.automation.day_trading.ports import Broker, HeldRegistry, Quotes
from trading.automation.portfolios import guards
from trading.automation.portfolios.ports import Days
from trading.automation.portfolios.positions import PortfolioState, Position, last_prices
from trading.automation.portfolios.sessions import Session, SessionStatus, Skip
from trading.automation.rails.limits import MAX_ORDERS_A_MINUTE
from trading.automation.rails.rules import begins_at
from trading.markets.belief import ENTRY
from trading.markets.calendar import close_starts_at, entries_end_at, entry_window
from trading.markets.models import Price, TradingDay

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class OpeningEntries:
    """Decides what becomes of pending positions."""

    quotes: Quotes
    index: HeldRegistry
    broker: Broker
    days: Days

    def decide(
        self, state: PortfolioState, day: TradingDay, session: Session, pending: tuple[Position, ...], now: datetime
    ) -> Iterator[Step]:
        """Yield what is decided now; what waits for a price, or for its turn, is not."""
        reason = _reason_for_none(state, day, session, now)
        if reason is not None:
            yield from entries.abandon(state.portfolio, pending, reason, now)
            return
        portfolio = guards.loss_judged(state.portfolio, {}, day.day, now, lambda: self._next_session(state, day))
        blocked = guards.blocks_on(portfolio, now).general
        if blocked is not None:
            yield from entries.abandon(portfolio, pending, Skip(blocked.rail.value), now)
            return
        _, ends_at = entry_window(day)
        prices = self._prices(day, pending, now)
        if portfolio.rails.trailing_stop_percent is not None:
            self.index.register_trailing(day.exchange, day.day, prices.keys())
        waiting = {position.symbol for position in pending}
        budget = budget_at(state, day, now)
        for step in entries.enter(portfolio, pending, prices, broker=self.broker, now=now, budget=budget):
            portfolio = step.portfolio
            waiting.discard(step.decision.position.symbol)
            yield step
        if now >= ends_at:
            late = tuple(position for position in pending if position.symbol in waiting)
            unpriced = tuple(position for position in late if position.symbol not in prices)
            yield from entries.abandon(portfolio, unpriced, Skip.NO_QUOTE, now)
            beyond = tuple(position for position in late if position.symbol in prices)
            yield from entries.abandon(portfolio, beyond, Skip.RATE, now)

    def _prices(self, day: TradingDay, pending: tuple[Position, ...], now: datetime) -> dict[str, Price]:
        opens_at, ends_at = entry_window(day)
        asked = self.quotes.prices(day.exchange, last_prices(pending), ENTRY.since(opens_at), now)
        prices = {symbol: price for symbol, price in asked.items() if price.at <= ends_at}
        self.index.register_held(day.exchange, day.day, prices.keys())
        return prices

    def _next_session(self, state: PortfolioState, day: TradingDay) -> datetime:
        return begins_at(guards.sessions_of(self.days, state.portfolio.exchange)(day.day, 1))


def budget_at(state: PortfolioState, day: TradingDay, now: datetime) -> Budget:
    """Return what entries may cost in all, and how many may be ordered now.

    A day's buys are at most the equity before the open, and paid by settled cash where that is asked for. Orders
    of the last minute count, sales too, though no sale waits for its turn.
    """
    own = state.of(day.day)
    traded = [position for position in own if position.was_opened]
    moments = [moment for position in traded for moment in (position.opened_at, position.closed_at) if moment]
    recent = sum(moment > now - MINUTE for moment in moments)
    limits = [guards.settled_cents(state.portfolio, day.day)]
    before = state.portfolio.rail_state.before_open
    if before is not None and before.day == day.day:
        limits.append(before.equity_cents - sum(position.cost_cents for position in traded))
    known = [limit for limit in limits if limit is not None]
    return Budget(min(known, default=None), max(0, MAX_ORDERS_A_MINUTE - recent))


def _reason_for_none(state: PortfolioState, day: TradingDay, session: Session, now: datetime) -> Skip | None:
    if not state.portfolio.is_automated:
        return Skip.AUTOMATION_OFF
    if closing.is_ordered(state, day.day):
        return closing.reason_stranded(state, day.day)
    if now > entries_end_at(day) or now >= close_starts_at(day):
        return Skip.MISSED if session.status is SessionStatus.PLANNED else Skip.NO_QUOTE
    return None
