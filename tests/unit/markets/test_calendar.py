"""The calendar: holidays, half days, both changes of the clocks."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from infra.catalogue import ROOT
from trading.markets.calendar import close_starts_at, entry_window, monitor_until, trading_day
from trading.markets.models import Exchange

AMERICAN = (Exchange.NASDAQ, Exchange.NYSE)

# As NYSE publishes them; NASDAQ keeps the same.
AMERICAN_HOLIDAYS = {
    2012: "01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25",
    2013: "01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25",
    2024: "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25",
    2025: "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
    2026: "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
}
AMERICAN_HALF_DAYS = {
    2012: "07-03 11-23 12-24",
    2013: "07-03 11-29 12-24",
    2024: "07-03 11-29 12-24",
    2025: "07-03 11-28 12-24",
    2026: "11-27 12-24",
}
# As TSX publishes them.
CANADIAN_HOLIDAYS = {
    2013: "01-01 02-18 03-29 05-20 07-01 08-05 09-02 10-14 12-25 12-26",
    2024: "01-01 02-19 03-29 05-20 07-01 08-05 09-02 10-14 12-25 12-26",
    2026: "01-01 02-16 04-03 05-18 07-01 08-03 09-07 10-12 12-25 12-28",
}
CANADIAN_HALF_DAYS = {2013: "12-24", 2024: "12-24", 2026: "12-24"}

YEARS = [(exchange, year, AMERICAN_HOLIDAYS, AMERICAN_HALF_DAYS) for exchange in AMERICAN for year in AMERICAN_HOLIDAYS]
YEARS += [(Exchange.TSE, year, CANADIAN_HOLIDAYS, CANADIAN_HALF_DAYS) for year in CANADIAN_HOLIDAYS]


def weekdays_of(year: int) -> list[date]:
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return [day for day in days if day.year == year and day.weekday() < 5]


def on_days(year: int, text: str) -> list[date]:
    return [date.fromisoformat(f"{year}-{day}") for day in text.split()]


@pytest.mark.parametrize(("exchange", "year", "holidays", "half_days"), YEARS)
def test_a_year_has_the_holidays_and_half_days_that_the_exchange_published(
    exchange: Exchange, year: int, holidays: dict[int, str], half_days: dict[int, str]
) -> None:
    sessions = {day: trading_day(exchange, day) for day in weekdays_of(year)}

    short = [
        day for day, found in sessions.items() if found and found.closes_at - found.opens_at == timedelta(hours=3.5)
    ]
    full = [
        day for day, found in sessions.items() if found and found.closes_at - found.opens_at == timedelta(hours=6.5)
    ]

    assert [day for day, found in sessions.items() if found is None] == on_days(year, holidays[year])
    assert short == on_days(year, half_days[year])
    assert len(full) + len(short) + len(on_days(year, holidays[year])) == len(sessions)


@pytest.mark.parametrize("day", [date(2013, 2, 16), date(2013, 2, 17), date(2012, 12, 29), date(2026, 7, 4)])
@pytest.mark.parametrize("exchange", Exchange)
def test_an_exchange_stays_closed_on_weekends(exchange: Exchange, day: date) -> None:
    assert trading_day(exchange, day) is None


@pytest.mark.parametrize("exchange", Exchange)
def test_a_leap_day_is_a_day_like_any_other(exchange: Exchange) -> None:
    session = trading_day(exchange, date(2024, 2, 29))

    assert session is not None
    assert session.closes_at == datetime(2024, 2, 29, 21, 0, tzinfo=UTC)


def test_a_holiday_on_a_saturday_may_leave_its_friday_alone() -> None:
    assert trading_day(Exchange.NYSE, date(2021, 12, 31)) is not None
    assert trading_day(Exchange.NYSE, date(2021, 12, 24)) is None


def test_exchanges_keep_their_own_holidays() -> None:
    assert trading_day(Exchange.NYSE, date(2013, 5, 20)) is not None
    assert trading_day(Exchange.TSE, date(2013, 7, 4)) is not None


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (date(2013, 3, 8), 14),
        (date(2013, 3, 11), 13),
        (date(2013, 11, 1), 13),
        (date(2013, 11, 4), 14),
    ],
)
@pytest.mark.parametrize("exchange", Exchange)
def test_the_open_follows_new_york_over_both_clock_changes(exchange: Exchange, day: date, opens: int) -> None:
    session = trading_day(exchange, day)

    assert session is not None
    assert session.opens_at == datetime(day.year, day.month, day.day, opens, 30, tzinfo=UTC)
    assert session.closes_at - session.opens_at == timedelta(hours=6.5)


def test_the_moments_of_a_half_day_hang_on_its_close() -> None:
    session = trading_day(Exchange.NASDAQ, date(2013, 7, 3))

    assert session is not None
    assert close_starts_at(session) == datetime(2013, 7, 3, 16, 30, tzinfo=UTC)
    assert monitor_until(session) == datetime(2013, 7, 3, 16, 20, tzinfo=UTC)
    assert entry_window(session)[1] == datetime(2013, 7, 3, 13, 40, tzinfo=UTC)


def test_a_closure_that_nobody_foresaw_counts() -> None:
    storm = date(2012, 10, 24)

    assert trading_day(Exchange.NYSE, storm) is not None
    assert trading_day(Exchange.NYSE, storm, {storm: None}) is None


def test_who_asks_for_no_trading_day_and_no_price_loads_neither_package() -> None:
    code = "import sys, trading.markets.wiring; sys.exit(bool({'holidays', 'requests'} & sys.modules.keys()))"

    ended = subprocess.run(  # noqa: S603 - our own code in a fresh interpreter
        [sys.executable, "-c", code], cwd=ROOT / "layers" / "trading" / "python", check=False
    )

    assert ended.returncode == 0
