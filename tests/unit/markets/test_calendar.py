"""The calendar: holidays, half days, both changes of the clocks."""

from datetime import UTC, date, datetime

import pytest

from trading.markets.calendar import close_starts_at, entry_window, monitor_until, trading_day
from trading.markets.models import Exchange


@pytest.mark.parametrize(
    ("exchange", "day"),
    [
        (Exchange.NYSE, date(2013, 2, 18)),
        (Exchange.NASDAQ, date(2013, 3, 29)),
        (Exchange.NASDAQ, date(2026, 11, 26)),
        (Exchange.TSE, date(2013, 5, 20)),
        (Exchange.NASDAQ, date(2013, 2, 16)),
        (Exchange.NASDAQ, date(2013, 2, 17)),
    ],
)
def test_an_exchange_stays_closed_on_its_holidays_and_weekends(exchange: Exchange, day: date) -> None:
    assert trading_day(exchange, day) is None


def test_exchanges_keep_their_own_holidays() -> None:
    assert trading_day(Exchange.NYSE, date(2013, 5, 20)) is not None
    assert trading_day(Exchange.TSE, date(2013, 7, 4)) is not None


@pytest.mark.parametrize(
    ("exchange", "day", "hour"),
    [
        (Exchange.NYSE, date(2013, 7, 3), 17),
        (Exchange.NASDAQ, date(2026, 11, 27), 18),
        (Exchange.TSE, date(2026, 12, 24), 18),
        (Exchange.TSE, date(2026, 11, 27), 21),
    ],
)
def test_half_days_close_at_one(exchange: Exchange, day: date, hour: int) -> None:
    session = trading_day(exchange, day)

    assert session is not None
    assert session.closes_at == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (date(2013, 3, 8), 14),
        (date(2013, 3, 11), 13),
        (date(2013, 11, 1), 13),
        (date(2013, 11, 4), 14),
    ],
)
def test_the_open_follows_new_york_over_both_clock_changes(day: date, opens: int) -> None:
    session = trading_day(Exchange.NASDAQ, day)

    assert session is not None
    assert session.opens_at == datetime(day.year, day.month, day.day, opens, 30, tzinfo=UTC)


def test_the_moments_of_a_half_day_hang_on_its_close() -> None:
    session = trading_day(Exchange.NASDAQ, date(2013, 7, 3))

    assert session is not None
    assert close_starts_at(session) == datetime(2013, 7, 3, 16, 30, tzinfo=UTC)
    assert monitor_until(session) == datetime(2013, 7, 3, 16, 20, tzinfo=UTC)
    assert entry_window(session)[1] == datetime(2013, 7, 3, 13, 40, tzinfo=UTC)


def test_a_closure_that_nobody_foresaw_counts() -> None:
    storm = date(2012, 10, 24)

    assert trading_day(Exchange.NYSE, storm) is not None
    assert trading_day(Exchange.NYSE, storm, frozenset({storm})) is None
