"""When orders may go to the broker: in the session of the New York Stock Exchange."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from trading.managed.ports import Days
from trading.markets.models import Exchange, TradingDay
from trading.platform.clock import Clock, trading_date

MAX_BREAK_DAYS = 14


@dataclass(frozen=True)
class MarketHours:
    """Sessions, seen from now."""

    days: Days
    clock: Clock

    def current(self) -> TradingDay | None:
        """Return the session that is going on, or None."""
        now = self.clock.now()
        session = self.days.trading_day(Exchange.NYSE, trading_date(now))
        return session if session is not None and session.opens_at <= now < session.closes_at else None

    def open_after(self, day: date) -> datetime:
        """Return when the first session after a day opens."""
        coming = (day + timedelta(days=ahead) for ahead in range(1, MAX_BREAK_DAYS))
        sessions = (self.days.trading_day(Exchange.NYSE, next_day) for next_day in coming)
        return next(session.opens_at for session in sessions if session is not None)

    def next_at(self, after: timedelta = timedelta()) -> datetime:
        """Return the first moment of market time that is not earlier than some time from now."""
        moment = self.clock.now() + after
        for ahead in range(MAX_BREAK_DAYS):
            session = self.days.trading_day(Exchange.NYSE, trading_date(moment) + timedelta(days=ahead))
            if session is not None and moment < session.closes_at:
                return max(moment, session.opens_at)
        return moment + timedelta(days=1)
