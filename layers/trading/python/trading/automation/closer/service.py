"""The closer: flattens what the trading day left open, one position in one transaction.

It shares with the session code the records and the broker's port, and nothing else: no marks, no
chunks, no plan. A sale goes under the order id that the session code would use, so that both may run
at once and a position is sold once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from trading.automation.closer.messages import SweepWork
from trading.automation.closer.models import POSITIONS_LEFT_OPEN, OpenPosition, SweepPhase, SweepResult, phase_at
from trading.automation.closer.ports import OpenPositions
from trading.automation.day_trading.entries import client_order_id, trade_of
from trading.automation.day_trading.ports import Broker, BrokerOrder, Quotes, Side
from trading.automation.events import PositionSwept
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.ports import Days
from trading.automation.portfolios.positions import (
    Change,
    Decision,
    ExitReason,
    PortfolioState,
    Position,
    PositionStatus,
    last_prices,
)
from trading.automation.portfolios.sessions import SETTLED, Session, SessionStatus, Skip
from trading.automation.portfolios.settlement import tally
from trading.markets.belief import FLATTEN
from trading.markets.calendar import entries_end_at, trading_day
from trading.markets.models import Exchange, Price, TradingDay
from trading.platform.clock import Clock, trading_date
from trading.platform.observability import count, logger
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale

NOT_DUE: Mapping[str, object] = {"status": "not_due"}
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class SweepJob:
    """Finds portfolios with anything open and hands them to `send`, or proves that there are none."""

    positions: OpenPositions
    days: Days
    send: Callable[[str, Iterable[SweepWork]], int]

    def sweep(self, scheduled_at: datetime) -> Mapping[str, object]:
        """Have leftovers sold, everything flattened, or count what is open where nothing may be."""
        phases = list(self.phases(scheduled_at))
        if not phases:
            return NOT_DUE
        swept = sum(self._sweep(day) for day, phase in phases if phase is not SweepPhase.PROVE)
        left = sum(self._count(day, scheduled_at) for day, phase in phases if phase is SweepPhase.PROVE)
        return {"status": "done", "dispatched": swept, "left_open": left}

    def phases(self, moment: datetime) -> Iterator[tuple[TradingDay, SweepPhase]]:
        """Yield what is to be done, by the session it is done in.

        On a day that an exchange stays closed unforeseen nothing can be sold, so each sweep of its regular hours
        proves: what was held the day before must be seen.
        """
        today = trading_date(moment)
        for exchange in Exchange:
            regular = trading_day(exchange, today)
            day = self.days.trading_day(exchange, today) if regular else None
            phase = phase_at(day or regular, moment) if regular else None
            if regular and phase:
                yield (day, phase) if day else (replace(regular, closes_at=NEVER), SweepPhase.PROVE)

    def _sweep(self, day: TradingDay) -> int:
        return self.send(
            "position-sweeps", self.positions.of(day.exchange).through(lambda found: _work(found, day.day))
        )

    def _count(self, day: TradingDay, moment: datetime) -> int:
        """Count what is open; before the close the day's own positions are none of it: they wait for their entries."""
        exchange, is_over = day.exchange, moment >= day.closes_at
        left = sum(1 for position in self.positions.of(exchange) if is_over or position.trade_date < day.day)
        if left:
            logger.error("positions are open where none may be", code="left_open", exchange=exchange.code, count=left)
            count(POSITIONS_LEFT_OPEN, left)
        return left


@dataclass(frozen=True)
class CloserService:
    """Flattens one portfolio."""

    positions: OpenPositions
    quotes: Quotes
    days: Days
    broker: Broker
    clock: Clock

    def sweep(self, key: PortfolioKey, since: date, today: date) -> SweepResult:
        """Sell what is to be sold by now and cancel entries that came too late, each on its own.

        Leftovers are sold whenever the market is open, today's positions from 20 minutes before the
        close. What has no price is left, never sold at a made-up price.

        Raises:
            StaleRecord: if a position moved on each time.
            Exception: whatever else kept one from being sold; the others are done by then.
        """
        state = self.positions.load(key, since)
        day = self.days.trading_day(state.portfolio.exchange, today) if state else None
        if state is None or day is None:
            return SweepResult()
        late = [position for position in state.positions if _is_late(position, day, self.clock.now())]
        due = [position for position in state.held if _is_due(position, day, self.clock.now())]
        bids = self.quotes.prices(day.exchange, last_prices(due), FLATTEN.since(day.opens_at), self.clock.now())
        stuck: list[Exception] = []
        cancelled = _one_by_one(lambda p: self._cancel(key, since, p), late, stuck)
        priced = [p for p in due if p.symbol in bids]
        sold = _one_by_one(lambda p: self._sell(key, since, p, bids[p.symbol]), priced, stuck)
        left = len(due) - len(priced)
        if sold or left:
            count("PositionsSwept", sold + left)
        if stuck:
            raise stuck[0]
        return SweepResult(sold, cancelled, left)

    @retry_on_stale
    def _cancel(self, key: PortfolioKey, since: date, late: Position) -> bool:
        state, position = self._again(key, since, late)
        if state is None or position is None or position.status is not PositionStatus.PENDING:
            return False
        cancelled = position.cancelled(Skip.MISSED, self.clock.now())
        self._commit(state, state.portfolio, Decision(position.status, cancelled))
        return True

    @retry_on_stale
    def _sell(self, key: PortfolioKey, since: date, due: Position, bid: Price) -> bool:
        state, position = self._again(key, since, due)
        if state is None or position is None or not position.is_held:
            return False
        order_id = client_order_id(key, position, Side.SELL)
        fill = self.broker.execute(BrokerOrder(order_id, position.symbol, Side.SELL, position.shares, bid))
        trade = trade_of(position, bid, fill)
        now = self.clock.now()
        posting = state.portfolio.sold(trade, now, entry_id=order_id)
        closed = replace(
            position,
            status=PositionStatus.CLOSED,
            exit_price=fill.price,
            exit_reason=ExitReason.SWEPT,
            proceeds_cents=position.proceeds_cents + fill.amount_cents - fill.commission_cents,
            closed_at=now,
            price_at=bid.at,
            price_from=bid.source,
        )
        portfolio = replace(posting.portfolio, open_positions=state.portfolio.open_positions - 1)
        self._commit(state, portfolio, Decision(position.status, closed, posting.entry))
        return True

    def _again(self, key: PortfolioKey, since: date, known: Position) -> tuple[PortfolioState | None, Position | None]:
        state = self.positions.load(key, since)
        same = (p for p in state.of(known.trade_date) if p.symbol == known.symbol) if state else iter(())
        return state, next(same, None)

    def _commit(self, state: PortfolioState, portfolio: Portfolio, decision: Decision) -> None:
        moved = decision.position
        positions = [moved if _is_same(position, moved) else position for position in state.positions]
        session = state.session(moved.trade_date)
        sessions = (_retallied(session, positions),) if session else ()
        happened = (_swept(state.key, moved),) if moved.exit_reason is not None else ()
        self.positions.commit(Change(portfolio, (decision,), sessions, happened))


def _work(found: Iterable[OpenPosition], today: date) -> Iterator[SweepWork]:
    since: dict[PortfolioKey, date] = {}
    for position in found:
        since[position.key] = min(position.trade_date, since.get(position.key, position.trade_date))
    for key, day in since.items():
        yield SweepWork.of(key, since=day, trade_date=today)


def _one_by_one(act: Callable[[Position], bool], positions: Iterable[Position], stuck: list[Exception]) -> int:
    done = 0
    for position in positions:
        try:
            done += act(position)
        except Exception as error:  # noqa: BLE001 - nothing of one position may keep another open overnight
            logger.error("position not swept", code="position_stuck", kind=type(error).__name__)
            stuck.append(error)
    return done


def _is_late(position: Position, day: TradingDay, now: datetime) -> bool:
    if position.status is not PositionStatus.PENDING:
        return False
    # A message that comes the next morning finds that day's entries waiting, too.
    return position.trade_date < day.day or (position.trade_date == day.day and now > entries_end_at(day))


def _is_due(position: Position, day: TradingDay, now: datetime) -> bool:
    if not day.opens_at <= now < day.closes_at:
        return False
    return position.trade_date < day.day or phase_at(day, now) is SweepPhase.FLATTEN


def _is_same(one: Position, other: Position) -> bool:
    return (one.trade_date, one.symbol) == (other.trade_date, other.symbol)


def _retallied(session: Session, positions: Iterable[Position]) -> Session:
    counted = tally(session, positions)
    is_closing = counted.opened and session.status not in SETTLED
    return replace(counted, status=SessionStatus.CLOSING) if is_closing else counted


def _swept(key: PortfolioKey, position: Position) -> OutboxEvent:
    subject = "#".join((key.text, position.trade_date.isoformat(), position.symbol))
    swept = PositionSwept(
        owner=key.owner, portfolio_id=key.portfolio_id, trade_date=position.trade_date, symbol=position.symbol
    )
    return OutboxEvent(swept, subject)
