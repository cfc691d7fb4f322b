"""The hours in which the simulated broker trades: New York's, weekends, holidays and half days heeded."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from trading.markets.calendar import trading_day
from trading.markets.models import Exchange, TradingDay
from trading.platform.clock import trading_date


def begins_at(moment: datetime) -> datetime:
    """Return when what is asked for at a moment begins: at once while the market is open, else as it opens."""
    return max(moment, next(_sessions(moment)).opens_at)


def next_open(moment: datetime) -> datetime:
    """Return when the market opens next, later than a moment."""
    return next(session.opens_at for session in _sessions(moment) if session.opens_at > moment)


def market_time_after(moment: datetime, span: timedelta) -> datetime:
    """Return the moment at which the market has been open for a span."""
    for session in _sessions(moment):
        starts = max(moment, session.opens_at)
        if span <= session.closes_at - starts:
            return starts + span
        span -= session.closes_at - starts
    raise AssertionError("sessions never end")


def _sessions(moment: datetime) -> Iterator[TradingDay]:
    """Yield the session that is open at a moment, if one is, and all that follow."""
    day = trading_date(moment)
    while True:
        session = trading_day(Exchange.NYSE, day)
        if session is not None and session.closes_at > moment:
            yield session
        day += timedelta(days=1)
