"""The trading day of one portfolio: plan, enter, exit, close, prove.

Every step reads the portfolio's partition first and works from what it finds, so each may be
repeated, run twice at once, or die at any line: a position moves only from the status it was read
with, and the portfolio's version lets one writer through.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from trading.automation.day_trading import closing, entries, exits, outbox
from trading.automation.day_trading.closing import NOT_FLATTENED
from trading.automation.day_trading.entries import Step
from trading.automation.day_trading.messages import ExitWork
from trading.automation.day_trading.opening import OpeningEntries
from trading.automation.day_trading.planner import Plan, plan
from trading.automation.day_trading.ports import (
    Broker,
    BuyRestrictions,
    EntryHalt,
    HeldRegistry,
    Ledger,
    Quotes,
    Rankings,
)
from trading.automation.day_trading.progress import change_of, in_chunks, marked_anew, moved_on
from trading.automation.portfolios import block_events, guards
from trading.automation.portfolios.models import DueMarks, Portfolio, PortfolioKey
from trading.automation.portfolios.ports import BuyingRestricted, Days, StateStore
from trading.automation.portfolios.positions import Change, PortfolioState, Position, PositionStatus, last_prices
from trading.automation.portfolios.sessions import Session, SessionStatus, SharedSkips
from trading.automation.portfolios.settlement import is_proven_flat, is_unfinished, settled, unsettled
from trading.automation.rails.highs import NO_HIGHS, Highs
from trading.automation.rails.models import Block
from trading.automation.rails.rules import begins_at
from trading.ledger.service import Opening
from trading.markets.belief import EXIT, FLATTEN
from trading.markets.calendar import close_starts_at
from trading.markets.models import Quote, TradingDay
from trading.platform.clock import Clock
from trading.platform.observability import count
from trading.platform.retry import retry_on_stale
from trading.signals.gate import Gate


@dataclass(frozen=True)
class SessionService:
    """Does one portfolio's part of the trading day."""

    store: StateStore
    index: HeldRegistry
    ledger: Ledger
    quotes: Quotes
    rankings: Rankings
    days: Days
    broker: Broker
    restrictions: BuyRestrictions
    clock: Clock
    gate: Gate = Gate.ENFORCED

    @retry_on_stale
    def plan(self, key: PortfolioKey, trade_date: date, signals_version: str | None = None) -> Session | None:
        """Plan a day once, before the open; afterwards record that it was missed.

        Returns the new session, or None where there is nothing to plan: the day is planned already,
        the exchange is closed, or the portfolio does not trade by itself.
        """
        state = self.store.load(key, trade_date)
        if state is None or not state.portfolio.is_automated or state.session(trade_date):
            return None
        day = self.days.trading_day(state.portfolio.exchange, trade_date)
        if day is None:
            return None
        now = self.clock.now()
        portfolio = guards.drawdown_judged(guards.before_open(state.portfolio, trade_date), now)
        portfolio = guards.settlement_judged(portfolio, trade_date, now)
        session, wanted = self._plan_day(portfolio, day, signals_version)
        positions = tuple(
            Position(trade_date, PositionStatus.PENDING, order, shares=order.shares) for order in wanted.orders
        )
        blocks = guards.new_blocks(state.portfolio, portfolio)
        if session.status is SessionStatus.PLANNED:
            due = replace(portfolio.due, enter_at=day.opens_at if positions else None)
            due = due.closing_by(close_starts_at(day))
            portfolio = replace(portfolio, due=due, unsettled_since=portfolio.unsettled_since or trade_date)
        happened = (*outbox.trouble(portfolio, session), *block_events.blocked(portfolio, blocks))
        self.store.save_plan(replace(state, portfolio=portfolio), positions, session, happened, blocks)
        return session

    @retry_on_stale
    def enter(self, key: PortfolioKey, trade_date: date) -> Session | None:
        """Fill a day's pending positions from the open to 10 minutes after; abandon them later.

        What comes some seconds after that is still filled on a quote from before.

        Returns the session as written, or None where nothing is to be done. Where the owner or
        everybody may not buy, all that is pending is abandoned.
        """
        try:
            return self._enter(key, trade_date, self.restrictions.of_everybody())
        except BuyingRestricted:
            return self._enter(key, trade_date, self.restrictions.of(key.owner))

    @retry_on_stale
    def cancel_entries(self, key: PortfolioKey, trade_date: date) -> Session | None:
        """Abandon a day's pending positions because their owner may not buy, if that is still so."""
        halt = self.restrictions.of(key.owner)
        return self._enter(key, trade_date, halt) if halt is not None else None

    def _enter(self, key: PortfolioKey, trade_date: date, halt: EntryHalt | None) -> Session | None:
        state = self.store.load(key, trade_date)
        session = state.session(trade_date) if state else None
        if state is None or session is None or session.status not in {SessionStatus.PLANNED, SessionStatus.OPEN}:
            return None
        pending = state.of(trade_date, PositionStatus.PENDING)
        day = self.days.trading_day(state.portfolio.exchange, trade_date)
        if day is None or not pending or (halt is None and self.clock.now() < day.opens_at):
            return None
        steps = tuple(
            entries.abandon(state.portfolio, pending, halt.skip, self.clock.now())
            if halt is not None
            else OpeningEntries(self.quotes, self.index, self.broker, self.days).decide(
                state, day, session, pending, self.clock.now()
            )
        )
        due = state.portfolio.due.closing_by(close_starts_at(day))
        after = due if len(steps) < len(pending) else replace(due, enter_at=None)
        return self._write(state, steps, due=after, halts=halt.blocks if halt else ())

    def exit(self, work: ExitWork) -> None:
        """Sell what reached its stop or target; then everything, if the day's loss has reached its limit."""
        self.exit_hits(work.key, work.trade_date, work.seen, good_until=work.good_until, highs=work.observed)
        if work.may_be_lost and self.stop_losses(work.key, work.trade_date, work.seen, good_until=work.good_until):
            self.close(work.key, work.trade_date)

    @retry_on_stale
    def exit_hits(
        self,
        key: PortfolioKey,
        trade_date: date,
        quotes: Collection[Quote],
        *,
        good_until: datetime | None = None,
        highs: Highs = NO_HIGHS,
    ) -> int:
        """Sell the open positions whose target or stop the bid of a quote has reached; return how many.

        Trailing stops follow the `highs` that passes have observed.

        After `good_until` the close sells, at the price of its own moment.
        """
        now = self.clock.now()
        state = self.store.load(key, trade_date) if good_until is None or now <= good_until else None
        if state is None:
            return 0
        own = [quote for quote in quotes if quote.exchange is state.portfolio.exchange]
        bids = self.quotes.judge(own, last_prices(state.held), EXIT, now)
        sales = exits.on_hits(state.portfolio, state.held, bids, broker=self.broker, now=now, highs=highs)
        sessions = guards.sessions_of(self.days, state.portfolio.exchange)
        steps = tuple(exits.stops_remembered(state.portfolio, sales, sessions, trade_date, now))
        self._write(state, steps, due=state.portfolio.due)
        return len(steps)

    @retry_on_stale
    def stop_losses(
        self, key: PortfolioKey, trade_date: date, quotes: Collection[Quote], *, good_until: datetime | None = None
    ) -> bool:
        """Block a portfolio and order it to be sold where the day's loss has reached its limit; say whether that is so.

        Block, order and the mark by which each minute's close finds it are written at once; whoever
        writes an entry meanwhile must read them first.
        """
        now = self.clock.now()
        state = self.store.load(key, trade_date) if good_until is None or now <= good_until else None
        if state is None:
            return False
        own = [quote for quote in quotes if quote.exchange is state.portfolio.exchange]
        bids = self.quotes.judge(own, last_prices(state.held), EXIT, now)
        prices = {symbol: bid.amount for symbol, bid in bids.items()}
        portfolio = guards.loss_judged(
            state.portfolio, prices, trade_date, now, lambda: self._next_session(state, trade_date)
        )
        blocks = guards.new_blocks(state.portfolio, portfolio)
        if blocks:
            session = state.session(trade_date)
            sessions = (guards.noted(session, guards.blocks_on(portfolio, now), blocks),) if session else ()
            self.store.commit(
                Change(portfolio, sessions=sessions, events=block_events.blocked(portfolio, blocks), blocks=blocks)
            )
        return bool(blocks)

    @retry_on_stale
    def close(self, key: PortfolioKey, today: date) -> tuple[Session, ...]:
        """Sell what is due to be sold and prove each session that nothing is left of.

        Due are positions of earlier days and `closing` ones at once, today's from 30 minutes before
        the close on, or once a rail orders all to be sold, which then lasts until it is proven. Returns
        the sessions that were proven flat now.
        """
        state = self.store.load(key, today)
        if state is None:
            return ()
        day = self.days.trading_day(state.portfolio.exchange, today)
        now = self.clock.now()
        order = state.portfolio.rail_state.flatten
        closing_time = day is None or now >= close_starts_at(day) or closing.is_ordered(state, today)
        steps = tuple(self._closing_steps(state, day, today, closing_time=closing_time))
        self._write(state, steps, due=state.portfolio.due, is_closing=True)
        proven = self._settle(key, today, day if not closing_time else None)
        if order is not None:
            self._count_unless_flat(key, today, day)
        return proven

    def _count_unless_flat(self, key: PortfolioKey, today: date, day: TradingDay | None) -> None:
        """Count, for its alarm, an order to sell everything that the market had minutes to fill and did not."""
        state = self.store.load(key, today)
        order = state.portfolio.rail_state.flatten if state else None
        if order is not None and day is not None and closing.is_late(order, day, self.clock.now()):
            count(NOT_FLATTENED)

    def _plan_day(self, portfolio: Portfolio, day: TradingDay, version: str | None) -> tuple[Session, Plan]:
        opening = Opening(portfolio.journal_seq, portfolio.cash_cents)
        nothing = Plan((), ())
        if self.clock.now() >= day.opens_at:
            return Session(day.day, SessionStatus.MISSED, opening, flat=True), nothing
        ranking = self.rankings.of(portfolio.exchange, day.day, version)
        if ranking is None:
            return Session(day.day, SessionStatus.NO_SIGNALS, opening, flat=True), nothing
        if self.gate.is_closed_for(ranking.edge):
            return Session(day.day, SessionStatus.NO_EDGE, opening, flat=True, edge=ranking.edge), nothing
        blocks = guards.blocks_on(portfolio, self.clock.now())
        settled = guards.settled_cents(portfolio, day.day)
        cash = portfolio.cash_cents if settled is None else settled
        max_order = portfolio.rails.max_order_notional_cents
        wanted = plan(portfolio.settings, cash, ranking, guards.reason_against(blocks), max_order)
        shared = SharedSkips(portfolio.exchange, ranking.version, wanted.chosen, len(ranking.reasons))
        planned = Session(day.day, SessionStatus.PLANNED, opening, planned=len(wanted.orders), skipped=wanted.skipped)
        return guards.noted(replace(planned, shared_skips=shared, edge=ranking.edge), blocks), wanted

    def _closing_steps(
        self, state: PortfolioState, day: TradingDay | None, today: date, *, closing_time: bool
    ) -> Iterator[Step]:
        now = self.clock.now()
        stranded = closing.stranded(state, day, today, now)
        yield from entries.abandon(state.portfolio, stranded, closing.reason_stranded(state, today), now)
        if day is None or not day.opens_at <= now < day.closes_at:
            return
        due = closing.due(state, day, closing_time=closing_time)
        bids = self.quotes.prices(day.exchange, last_prices(due), FLATTEN.since(day.opens_at), now)
        yield from exits.at_close(state.portfolio, due, bids, broker=self.broker, now=now)

    def _settle(self, key: PortfolioKey, today: date, running: TradingDay | None) -> tuple[Session, ...]:
        """Prove what is over; `running` is today's session while it is not yet to be closed."""
        state = self.store.load(key, today)
        if state is None:
            return ()
        over = [s for s in unsettled(state, through=today) if running is None or s.trade_date < today]
        finished = [s for s in over if not any(is_unfinished(p) for p in state.of(s.trade_date))]
        journal = self.ledger.since(key.text, finished[0].opening.seq) if finished else ()
        proven = tuple(settled(state, session) for session in finished if is_proven_flat(state, session, journal))
        failed = [session for session in finished if not is_proven_flat(state, session, journal)]
        events = [outbox.summary(state.portfolio, session) for session in proven]
        events += [outbox.proof_failed(state.portfolio, session) for session in failed]
        portfolio = marked_anew(state, {session.trade_date for session in proven}, running)
        if events or portfolio != state.portfolio:
            self.store.commit(Change(portfolio, sessions=proven, events=events))
        return proven

    def _write(
        self,
        state: PortfolioState,
        steps: Sequence[Step],
        *,
        due: DueMarks,
        is_closing: bool = False,
        halts: tuple[Block, ...] = (),
    ) -> Session | None:
        """Commit steps in chunks, each with what its sessions come to so far; the marks change with the last.

        Blocks that are put up by it, and the `halts` that it follows, are noted and announced with each.
        """
        written, so_far, session = state.portfolio, state, None
        chunks = tuple(in_chunks(steps))
        for chunk in chunks:
            so_far = moved_on(so_far, chunk, is_closing=is_closing)
            days = {step.decision.position.trade_date for step in chunk}
            sessions = [session for session in so_far.sessions if session.trade_date in days]
            marks = due if chunk is chunks[-1] else written.due
            portfolio = replace(chunk[-1].portfolio, version=written.version, due=marks)
            blocks = (*guards.new_blocks(written, portfolio), *halts)
            active = guards.blocks_on(portfolio, self.clock.now())
            noted = [guards.noted(session, active, blocks) for session in sessions]
            written = self.store.commit(change_of(portfolio, chunk, noted, blocks))
            session = noted[0] if noted else None
        return session

    def _next_session(self, state: PortfolioState, today: date) -> datetime:
        """Return the moment at which a block that lasts until the next session ends."""
        return begins_at(guards.sessions_of(self.days, state.portfolio.exchange)(today, 1))
