"""Closures and early closes that no calendar knows; each leaves an audit record."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from trading.markets.calendar import trading_day
from trading.markets.models import Exchange, TradingDay
from trading.platform.audit import Audit
from trading.platform.clock import NEW_YORK, Clock
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest

Put = Callable[[Exchange, date, datetime | None, Audit, datetime], object]
Lift = Callable[[Exchange, date, Audit, datetime], object]


@dataclass(frozen=True)
class ClosureService:
    """Cuts sessions short. `put` writes a closure, from a moment on or for the whole day; `lift` takes it back."""

    put: Put
    lift: Lift
    clock: Clock

    def close(self, exchange: Exchange, day: date, closes_at: time | None, audit: Audit) -> TradingDay | None:
        """Have an exchange close early on a day, or stay closed; return the session that is left, if any.

        A session that runs ends now at the earliest: what was traded in it stays.

        Raises:
            Conflict: `not_a_trading_day`; `session_over` if its regular close has come.
            InvalidRequest: if the moment is not within the regular session.
        """
        regular, now = self._session(exchange, day), self.clock.now()
        moment = datetime.combine(day, closes_at, NEW_YORK) if closes_at is not None else None
        if moment is not None and not regular.opens_at < moment <= regular.closes_at:
            problem = FieldProblem("closes_at", "must lie within the regular session")
            raise InvalidRequest(problems=(problem,))
        if now > regular.opens_at:
            moment = max(moment or now, now)
        self.put(exchange, day, moment, audit, now)
        return trading_day(exchange, day, {day: moment})

    def reopen(self, exchange: Exchange, day: date, audit: Audit) -> TradingDay:
        """Have an exchange trade as usual on a day; return its session. Raises as `close`."""
        regular = self._session(exchange, day)
        self.lift(exchange, day, audit, self.clock.now())
        return regular

    def _session(self, exchange: Exchange, day: date) -> TradingDay:
        regular = trading_day(exchange, day)
        if regular is None:
            raise Conflict(f"{exchange.code} does not trade on {day}.", code="not_a_trading_day")
        if self.clock.now() >= regular.closes_at:
            raise Conflict("That session is over.", code="session_over")
        return regular
