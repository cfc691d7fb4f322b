"""The trading calendar: which days an exchange trades, from when to when, in New York time.

Closures and half days are those of the `holidays` package, by market identifier; closures and early
closes that nobody foresaw are given by the caller. All three exchanges trade from 9:30 to 16:00, to 13:00 on
half days.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from trading.markets.models import Exchange, TradingDay
from trading.platform.clock import NEW_YORK

OPENS = time(9, 30)
CLOSES = time(16, 0)
HALF_DAY_CLOSES = time(13, 0)
ENTRY_WINDOW = timedelta(minutes=10)
ENTRIES_TAKE = timedelta(minutes=2)
"""How long after the window an entry may still be made, on a quote that is from within the window."""
CLOSING_LASTS = timedelta(minutes=30)
MONITORING_ENDS = timedelta(minutes=40)

_SATURDAY = 5

Closures = Mapping[date, datetime | None]
"""Days on which an exchange closes early, with the moment, or stays closed (None)."""

NO_CLOSURES: Closures = {}


def trading_day(exchange: Exchange, day: date, closures: Closures = NO_CLOSURES) -> TradingDay | None:
    """Return an exchange's session on a calendar day, or None if it stays closed."""
    if day.weekday() >= _SATURDAY:
        return None
    holidays, half_days = _closures(exchange, day.year)
    if day in holidays:
        return None
    closes = HALF_DAY_CLOSES if day in half_days else CLOSES
    return cut_short(TradingDay(exchange, day, _utc(day, OPENS), _utc(day, closes)), closures)


def cut_short(regular: TradingDay, closures: Closures) -> TradingDay | None:
    """Return a session as a closure or an early close leaves it; None where the exchange stays closed."""
    if regular.day not in closures:
        return regular
    closes_at = closures[regular.day]
    if closes_at is None or closes_at <= regular.opens_at:
        return None
    return replace(regular, closes_at=min(closes_at, regular.closes_at))


def settles_on(exchange: Exchange, day: date) -> date:
    """Return the day on which the proceeds of a day's sales settle: the next one on which anything does (T+1)."""
    settled = day + timedelta(days=1)
    while trading_day(exchange, settled) is None or _is_settlement_holiday(exchange, settled):
        settled += timedelta(days=1)
    return settled


def _is_settlement_holiday(exchange: Exchange, day: date) -> bool:
    """Say whether it is Columbus Day or Veterans Day: exchanges in New York trade then, but nothing settles."""
    if exchange is Exchange.TSE:
        return False
    is_monday = day.weekday() == 0
    is_columbus = day.month == 10 and is_monday and 8 <= day.day <= 14  # noqa: PLR2004 - the second Monday
    is_veterans = day.month == 11 and (day.day == 11 or (day.day == 12 and is_monday))  # noqa: PLR2004 - or after Sunday
    return is_columbus or is_veterans


def entry_window(day: TradingDay) -> tuple[datetime, datetime]:
    """Return the first and the last moment at which a session's entries may be made."""
    return day.opens_at, day.opens_at + ENTRY_WINDOW


def entries_end_at(day: TradingDay) -> datetime:
    """Return the moment after which no entry is made, whatever its quote is from: work may come some seconds late."""
    return day.opens_at + ENTRY_WINDOW + ENTRIES_TAKE


def close_starts_at(day: TradingDay) -> datetime:
    """Return the moment from which a session's positions are sold: 30 minutes before the close."""
    return day.closes_at - CLOSING_LASTS


def monitor_until(day: TradingDay) -> datetime:
    """Return the last moment at which stops and targets are watched: 40 minutes before the close."""
    return day.closes_at - MONITORING_ENDS


def _utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)


@cache
def _closures(exchange: Exchange, year: int) -> tuple[frozenset[date], frozenset[date]]:
    # Loaded here, since the package is large and only jobs and workers ask for a calendar.
    from holidays import financial_holidays  # noqa: PLC0415
    from holidays.constants import HALF_DAY  # noqa: PLC0415

    closed = financial_holidays(exchange.mic, years=year)
    half = financial_holidays(exchange.mic, years=year, categories=(HALF_DAY,))
    return frozenset(closed), frozenset(half)
