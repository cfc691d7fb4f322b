"""Live days: what the records of a portfolio say that happened on its days. No I/O, no clock.

session     whether the day was traded, what stopped it before the open
positions   what people or an outage kept from being entered, what was sold off the tape, which stops were hit
journal     money that came and went, shares that their owner traded, corporate actions
snapshots   what shares are worth that automation does not own, and how far closing equity lies under its peak
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from trading.automation.day_trading.exits import STOPS
from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.ports import Snapshot
from trading.automation.portfolios.positions import ExitReason, Position
from trading.automation.portfolios.sessions import Session, SessionStatus, Skip
from trading.automation.rails import rules
from trading.automation.rails.limits import after_sale
from trading.automation.rails.models import EquityMark, RailName, RailSettings, RailState
from trading.automation.rails.rules import Sessions, StopOut
from trading.backtest.happenings import Halt, Happenings, Movement, NotReplayed, RecordedFill, minute_of
from trading.backtest.models import Tape
from trading.ledger.models import Entry, Kind, LedgerAccount
from trading.markets.calendar import close_starts_at
from trading.markets.models import PriceSource, TradingDay
from trading.platform.clock import trading_date

FROM_OUTSIDE = frozenset(
    {
        Skip.MISSED,
        Skip.AUTOMATION_OFF,
        Skip.TRADING_PAUSED,
        Skip.BILLING_HOLD,
        Skip.NO_NEW_TRADES,
        Skip.TRADING_STOPPED,
        Skip.KILL_SWITCH,
    }
)
"""Why entries were abandoned whatever the settings were: people halted them, or nobody made them in time."""

ORDERED = frozenset({ExitReason.DAILY_LOSS, ExitReason.FLATTEN, ExitReason.SESSION_CLOSE, ExitReason.SWEPT})
"""Why positions are sold at whatever the market gives."""


@dataclass(frozen=True)
class LiveDays:
    """The records of a portfolio: its sessions, oldest first, with what lies beside them, since before the `first` one
    that is replayed.
    """

    portfolio: Portfolio
    first: date
    sessions: tuple[Session, ...]
    positions: tuple[Position, ...] = ()
    entries: tuple[Entry, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()

    def happenings(self, day: TradingDay, since: datetime, tape: Tape | None) -> Happenings:
        """Return what happened on a day, with what moved money since a moment."""
        session = self._by_day.get(day.day)
        if session is None:
            return Happenings(self._movements(None, since, day), not_replayed=NotReplayed.NOT_TRADED)
        own = self._positions_by_day.get(day.day, ())
        is_missed = session.status is SessionStatus.MISSED and not own
        recorded = frozenset(moment for moment, _ in tape.moments) if tape else frozenset()
        return Happenings(
            movements=self._movements(session, since, day),
            stops=tuple(block for block in session.blocks if block.rail is RailName.OWNER_STOP),
            halt=_halt_of(own),
            flattened_at=min((p.closed_at for p in own if _was_flattened(p) and p.closed_at), default=None),
            fills=dict(_fills_of(own, recorded)) if tape else {},
            elsewhere_cents=self._elsewhere_before(session),
            elsewhere_at_close_cents=self._elsewhere_at_close(session, day),
            is_resumed=self._is_resumed(session),
            not_replayed=NotReplayed.MISSED if is_missed else None,
        )

    def rail_state(self, opens_at: datetime, rails: RailSettings, sessions: Sessions) -> RailState:
        """Return what the rails knew before the first day opened."""
        session = self._by_day[self.first]
        before = [snapshot for snapshot in self.snapshots if snapshot.day < self.first]
        state = RailState()
        for snapshot in before:
            mark = EquityMark(snapshot.day, snapshot.total_value_cents, snapshot.total_invested_cents)
            state = rules.closed_at(state, mark)
        if state.at_close is not None:
            flows = self._contributed_at(session.opening.seq) - state.at_close.contributed_cents
            state = replace(
                state, at_close=replace(state.at_close, contributed_cents=session.opening.cash_cents - flows)
            )
        if session.planned and rules.drawdown(self.portfolio.rails, state, opens_at) is not None:
            state = rules.resumed(state)
        for stop in self._stops_before():
            state = rules.stopped_out(rails, state, stop, sessions)
        for entry in self.entries:
            if entry.seq <= session.opening.seq and entry.kind is Kind.SELL:
                state = after_sale(state, trading_date(entry.at), entry.on(LedgerAccount.CASH))
        return state

    def _movements(self, session: Session | None, since: datetime, day: TradingDay) -> tuple[Movement, ...]:
        until = close_starts_at(day)
        planned = session.opening.seq if session else -1
        begun = self._by_day[self.first].opening.seq
        found = (entry for entry in self._moving if since < entry.at <= until and entry.seq > begun)
        return tuple(Movement(since if entry.seq <= planned else entry.at, entry) for entry in found)

    def _elsewhere_before(self, session: Session) -> int | None:
        """Return what other shares are worth before the open; None where positions of before are held, too."""
        if any(p.trade_date < session.trade_date and _is_held_at(p, session.trade_date) for p in self.positions):
            return None
        last = max((s for s in self.snapshots if s.day < session.trade_date), key=lambda s: s.day, default=None)
        total, invested = (last.total_value_cents, last.total_invested_cents) if last else (0, 0)
        flows = self._contributed_at(session.opening.seq) - invested
        return max(0, total + flows - session.opening.cash_cents)

    def _elsewhere_at_close(self, session: Session, day: TradingDay) -> int | None:
        snapshot = next((s for s in self.snapshots if s.day == session.trade_date), None)
        if snapshot is None or not session.flat:
            return None
        before = [entry for entry in self.entries if entry.seq > session.opening.seq and entry.at <= day.closes_at]
        seq, cash = session.opening.seq, session.opening.cash_cents
        if before:
            seq, cash = before[-1].seq, before[-1].balance_cents
        flows = self._contributed_at(seq) - snapshot.total_invested_cents
        return max(0, snapshot.total_value_cents + flows - cash)

    def _is_resumed(self, session: Session) -> bool:
        """Say whether the owner let a portfolio go on after its drawdown had kept it from buying."""
        earlier = [other for other in self.sessions if other.trade_date < session.trade_date]
        was_blocked = bool(earlier) and any(block.rail is RailName.DRAWDOWN for block in earlier[-1].blocks)
        return was_blocked and session.planned > 0

    def _contributed_at(self, seq: int) -> int:
        later = sum(entry.on(LedgerAccount.CAPITAL) for entry in self._moving if entry.seq > seq)
        return self.portfolio.contributed_cents + later

    def _stops_before(self) -> Iterator[StopOut]:
        hit = [
            p
            for p in self.positions
            if p.trade_date < self.first and p.exit_reason in STOPS and p.closed_at is not None
        ]
        for position in sorted(hit, key=lambda p: (p.closed_at, p.symbol)):
            if position.closed_at is not None:
                is_losing = position.proceeds_cents < position.cost_cents
                yield StopOut(position.symbol, is_losing, trading_date(position.closed_at), position.closed_at)

    @cached_property
    def _by_day(self) -> Mapping[date, Session]:
        return {session.trade_date: session for session in self.sessions}

    @cached_property
    def _positions_by_day(self) -> Mapping[date, Sequence[Position]]:
        found: dict[date, list[Position]] = {}
        for position in self.positions:
            found.setdefault(position.trade_date, []).append(position)
        return found

    @cached_property
    def _moving(self) -> Sequence[Entry]:
        """Return the entries that automation did not make."""
        return [entry for entry in self.entries if entry.trade is None or entry.trade.trade_date is None]


def _halt_of(positions: Iterable[Position]) -> Halt | None:
    found = [Halt(p.closed_at, p.skip) for p in positions if p.skip in FROM_OUTSIDE and p.skip and p.closed_at]
    return min(found, key=lambda halt: halt.at, default=None)


def _was_flattened(position: Position) -> bool:
    return position.exit_reason is ExitReason.FLATTEN


def _fills_of(positions: Iterable[Position], recorded: frozenset[datetime]) -> Iterator[tuple[str, RecordedFill]]:
    """Yield what was sold off the tape: in a minute that it has not, or at the last trade, which no tape has."""
    for position in positions:
        if position.closed_at is None or position.exit_price is None or position.exit_reason not in ORDERED:
            continue
        if minute_of(position.closed_at) not in recorded or position.price_from is PriceSource.TRADE:
            yield position.symbol, RecordedFill(position.closed_at, position.exit_price)


def _is_held_at(position: Position, day: date) -> bool:
    return position.was_opened and (position.closed_at is None or trading_date(position.closed_at) >= day)
