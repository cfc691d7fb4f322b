"""Replays: what a portfolio's last days would have been under settings that are not saved yet. Nothing is written.

It starts flat, with the cash that the first day began with, and trades each day's stored recommendations: on
the day's tape if one was recorded, else on its bars in the worse order. From the portfolio's first session on it
meets what happened (`live_days`): money that came and went, stops and halts, outages, what rails remembered. The
days before that session are what they would have been with the cash that it began with.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from trading.automation.portfolios import guards
from trading.automation.portfolios.models import DayTradingSettings, Portfolio
from trading.automation.portfolios.ports import Days
from trading.automation.portfolios.positions import Position
from trading.automation.portfolios.sessions import Session
from trading.automation.rails.models import RailSettings
from trading.backtest.candidates import first_candidates
from trading.backtest.engine import Engine
from trading.backtest.happenings import NotReplayed
from trading.backtest.models import DayBar, DayInput, DayResult, PathName
from trading.backtest.paths import Path, TapePath, WorseOrder
from trading.backtest.ports import BarHistory, PortfolioRecords, SignalHistory, TapeStore
from trading.markets.calendar import close_starts_at
from trading.markets.models import Exchange, Quote, TradingDay
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict
from trading.signals.gate import Gate

MAX_DAYS = 60
SETTLEMENT_SESSIONS = 3
"""Longer than proceeds wait for their settlement."""
_CLOSED_IN_A_ROW = timedelta(days=30)


@dataclass(frozen=True)
class WantedReplay:
    """What to replay: how many closed sessions, and the settings and rails in place of the portfolio's own."""

    days: int
    settings: DayTradingSettings
    rails: RailSettings


@dataclass(frozen=True)
class Replay:
    """The results of the days, oldest first, and the sessions that there really were of them."""

    bankroll_cents: int
    days: tuple[DayResult, ...]
    actual: tuple[Session, ...]


@dataclass(frozen=True)
class KnownPath:
    """The day's tape, where there is one, else its bars in the worse order."""

    name: PathName = PathName.WORSE_ORDER
    tape: Path = field(default_factory=TapePath)
    bars: Path = field(default_factory=WorseOrder)

    def watched_at(self, inputs: DayInput) -> Sequence[datetime]:
        """Return the moments from the open to before the close starts, in order."""
        return self._of(inputs).watched_at(inputs)

    def quotes(self, inputs: DayInput, moment: datetime, held: Sequence[Position]) -> Iterator[Quote]:
        """Yield what is quoted at a moment."""
        return self._of(inputs).quotes(inputs, moment, held)

    def _of(self, inputs: DayInput) -> Path:
        return self.tape if inputs.tape else self.bars


@dataclass(frozen=True)
class ReplayService:
    """Replays portfolios."""

    signals: SignalHistory
    tapes: TapeStore
    bars: BarHistory
    records: PortfolioRecords
    days: Days
    gate: Gate
    clock: Clock

    def replay(self, portfolio: Portfolio, wanted: WantedReplay) -> Replay:
        """Return what the last closed sessions would have been.

        Raises:
            Conflict: `no_history` if none of them can be traded again.
            Unavailable: if the provider cannot be asked for the bars of a day without a tape.
        """
        inputs = self._inputs(portfolio.exchange, wanted.days)
        if not any(day.signals for day in inputs):
            raise Conflict("There are no recommendations of these days to replay.", code="no_history")
        sessions = self.records.sessions(portfolio.key)
        actual = tuple(session for session in sessions if session.trade_date >= inputs[0].day.day)
        bankroll = actual[0].opening.cash_cents if actual else portfolio.value_cents
        before = [day for day in inputs if not actual or day.day.day < actual[0].trade_date]
        since = self._as_they_were(portfolio, wanted, sessions, actual, inputs[len(before) :])
        engine = Engine(wanted.settings, wanted.rails, path=KnownPath(), gate=self.gate, days=self.days, may_hold=True)
        results = [
            _named(result, day)
            for days in (before, since)
            for result, day in zip(engine.run(portfolio.exchange, bankroll, days), days, strict=True)
        ]
        return Replay(bankroll, tuple(results), actual)

    def _as_they_were(
        self,
        portfolio: Portfolio,
        wanted: WantedReplay,
        sessions: tuple[Session, ...],
        actual: tuple[Session, ...],
        inputs: Sequence[DayInput],
    ) -> Sequence[DayInput]:
        """Return days, the first session on the first of them, with what happened on each."""
        if not actual:
            return ()
        sessions_around = guards.sessions_of(self.days, portfolio.exchange)
        first = actual[0].trade_date
        known = self.records.since(portfolio, first, sessions, sessions_around(first, -_remembered(wanted.rails)))
        happened, since = [], inputs[0].day.opens_at - timedelta(days=1)
        for day in inputs:
            happened.append(known.happenings(day.day, since, day.tape))
            since = close_starts_at(day.day)
        state = known.rail_state(inputs[0].day.opens_at, wanted.rails, sessions_around)
        happened[0] = replace(happened[0], rail_state=state)
        return [replace(day, happened=known) for day, known in zip(inputs, happened, strict=True)]

    def _inputs(self, exchange: Exchange, number: int) -> tuple[DayInput, ...]:
        sessions = list(self._find_sessions(exchange, number))
        known = [
            DayInput(day, self.signals.read(exchange, day.day), tape=self.tapes.read(exchange, day.day))
            for day in reversed(sessions)
        ]
        bars = self._bars_of(exchange, [day for day in known if day.tape is None])
        return tuple(replace(day, bars=bars.get(day.day.day, {})) for day in known)

    def _find_sessions(self, exchange: Exchange, number: int) -> Iterator[TradingDay]:
        """Yield the last sessions that are over, latest first."""
        now = self.clock.now()
        on, found, since = trading_date(now), 0, trading_date(now)
        while found < number and since - on < _CLOSED_IN_A_ROW:
            day = self.days.trading_day(exchange, on)
            if day is not None and day.closes_at <= now:
                yield day
                found, since = found + 1, on
            on -= timedelta(days=1)

    def _bars_of(self, exchange: Exchange, days: Sequence[DayInput]) -> Mapping[date, Mapping[str, DayBar]]:
        symbols = {symbol for day in days if day.signals for symbol in first_candidates(day.signals)}
        if not symbols:
            return {}
        first, last = days[0].day.day, days[-1].day.day
        return self.bars.raw_bars(exchange, sorted(symbols), since=first, until=last)


def _remembered(rails: RailSettings) -> int:
    """Return how many sessions before the first one the rails look back."""
    guard = rails.stop_guard.sessions if rails.stop_guard else 0
    return max(guard, rails.cool_down_sessions or 0, SETTLEMENT_SESSIONS if rails.settled_cash else 0)


def _named(result: DayResult, inputs: DayInput) -> DayResult:
    path = PathName.TAPE if inputs.tape else PathName.WORSE_ORDER
    return replace(result, path=path, not_replayed=result.not_replayed or _reason_against(inputs))


def _reason_against(inputs: DayInput) -> NotReplayed | None:
    if inputs.signals is None:
        return NotReplayed.NO_RECOMMENDATIONS
    if inputs.signals.recommendations and inputs.tape is None and not inputs.bars:
        return NotReplayed.NO_PRICES
    return None
