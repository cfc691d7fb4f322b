"""Market hours for what people see: by the calendar, with the closures that nobody foresaw."""

from datetime import date, datetime, timedelta

from trading.markets.calendar import NO_CLOSURES, Closures, trading_day
from trading.markets.models import Exchange, TradingDay
from trading.markets.prices.models import minute_of
from trading.platform.clock import trading_date

MAX_CLOSED_DAYS = 30
CLOSES_SETTLE = timedelta(minutes=20)
"""How long after a close the last price of the day may still be corrected: so long it is asked for each minute."""


def is_open(exchange: Exchange, now: datetime, closures: Closures = NO_CLOSURES) -> bool:
    """Say whether an exchange trades at a moment."""
    day = trading_day(exchange, trading_date(now), closures)
    return day is not None and day.opens_at <= now < day.closes_at


def closes_since(exchange: Exchange, now: datetime, closures: Closures = NO_CLOSURES) -> datetime:
    """Return from when on a close must have been asked for to be the last one, outside market hours."""
    return min(_last_session(exchange, now, closures).closes_at + CLOSES_SETTLE, minute_of(now))


def close_moment(exchange: Exchange, day: date, closures: Closures = NO_CLOSURES) -> datetime | None:
    """Return the moment at which a day's session closes, or None on a day without one."""
    session = trading_day(exchange, day, closures)
    return session.closes_at if session else None


def _last_session(exchange: Exchange, now: datetime, closures: Closures) -> TradingDay:
    today = trading_date(now)
    days = (trading_day(exchange, today - timedelta(days=back), closures) for back in range(MAX_CLOSED_DAYS))
    return next(day for day in days if day is not None and day.closes_at <= now)
