"""Replays: what a portfolio's last days would have been under settings that are not saved yet. Nothing is written.

It starts flat, with the cash that the first day began with, and trades each day's stored recommendations: on
the day's tape if one was recorded, else on its bars in the worse order. What the rails knew from before the first
day, and money that came or went since, are not known to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from trading.automation.portfolios.models import DayTradingSettings, Portfolio
from trading.automation.portfolios.ports import Days, SessionStore
from trading.automation.portfolios.positions import Position
from trading.automation.portfolios.sessions import Session
from trading.automation.rails.models import RailSettings
from trading.backtest.candidates import first_candidates
from trading.backtest.engine import Engine
from trading.backtest.models import DayBar, DayInput, DayResult, PathName
from trading.backtest.paths import Path, TapePath, WorseOrder
from trading.backtest.ports import BarHistory, SignalHistory, TapeStore
from trading.markets.models import Exchange, Quote, TradingDay
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict
from trading.signals.gate import Gate

MAX_DAYS = 60
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
    sessions: SessionStore
    days: Days
    gate: Gate
    clock: Clock

    def replay(self, portfolio: Portfolio, wanted: WantedReplay) -> Replay:
        """Return what the last closed sessions would have been.

        Raises:
            Conflict: `no_history` if there are no recommendations of any of them.
            Unavailable: if the provider cannot be asked for the bars of a day without a tape.
        """
        inputs = self._inputs(portfolio.exchange, wanted.days)
        if not any(day.signals for day in inputs):
            raise Conflict("There are no recommendations of these days to replay.", code="no_history")
        actual = self._actual(portfolio, [day.day.day for day in inputs])
        bankroll = actual[0].opening.cash_cents if actual else portfolio.value_cents
        engine = Engine(wanted.settings, wanted.rails, path=KnownPath(), gate=self.gate, days=self.days, may_hold=True)
        results = engine.run(portfolio.exchange, bankroll, inputs)
        named = tuple(_named(result, day) for result, day in zip(results, inputs, strict=True))
        return Replay(bankroll, named, actual)

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

    def _actual(self, portfolio: Portfolio, days: Sequence[date]) -> tuple[Session, ...]:
        page = self.sessions.sessions(portfolio.key, day=None, after=None, limit=MAX_DAYS + 1)
        return tuple(session for session in reversed(page.items) if session.trade_date in set(days))


def _named(result: DayResult, inputs: DayInput) -> DayResult:
    return replace(result, path=PathName.TAPE if inputs.tape else PathName.WORSE_ORDER)
