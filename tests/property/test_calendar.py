"""What holds of every trading day, in any year."""

from datetime import date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from trading.markets.calendar import close_starts_at, entry_window, monitor_until, trading_day
from trading.markets.models import Exchange
from trading.platform.clock import NEW_YORK

EXCHANGES = st.sampled_from(Exchange)
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2040, 12, 31))
FRIDAY = 4

without_deadline = settings(deadline=None)  # the first look at a year loads it


@without_deadline
@given(EXCHANGES, DAYS)
def test_a_session_is_on_its_own_weekday_from_half_past_nine_to_four_or_one(exchange: Exchange, day: date) -> None:
    session = trading_day(exchange, day)

    if session is not None:
        opens, closes = session.opens_at.astimezone(NEW_YORK), session.closes_at.astimezone(NEW_YORK)
        assert day.weekday() <= FRIDAY
        assert (opens.date(), opens.time(), closes.date()) == (day, time(9, 30), day)
        assert closes.time() in {time(16, 0), time(13, 0)}


@without_deadline
@given(EXCHANGES, DAYS)
def test_entries_end_before_the_watch_does_and_the_watch_before_the_closing(exchange: Exchange, day: date) -> None:
    session = trading_day(exchange, day)

    if session is not None:
        opens, entries_end = entry_window(session)
        assert opens == session.opens_at
        assert entries_end < monitor_until(session) < close_starts_at(session) < session.closes_at


@without_deadline
@given(EXCHANGES, DAYS, st.frozensets(DAYS, max_size=3))
def test_a_closure_closes_its_own_day_and_no_other(exchange: Exchange, day: date, days: frozenset[date]) -> None:
    closed = dict.fromkeys(days | {day})

    assert trading_day(exchange, day, closed) is None
    assert trading_day(exchange, day, dict.fromkeys(days - {day})) == trading_day(exchange, day)


@without_deadline
@given(EXCHANGES, DAYS)
def test_no_exchange_stays_closed_for_more_than_a_week(exchange: Exchange, day: date) -> None:
    assert any(trading_day(exchange, day + timedelta(days=number)) for number in range(8))
