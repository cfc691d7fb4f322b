from datetime import UTC, date, datetime, timedelta, timezone

import boto3
import pytest

from tests.unit.platform.conftest import Environment
from trading.platform.clock import SystemClock, VirtualTime, current_clock, rfc3339, trading_date

NOON = datetime(2013, 2, 19, 17, 0, tzinfo=UTC)


def test_standing_time_stands() -> None:
    assert VirtualTime(NOON).at(NOON + timedelta(days=1)) == NOON


def test_running_time_runs_with_the_wall() -> None:
    wall = datetime(2030, 1, 1, tzinfo=UTC)

    assert VirtualTime(NOON, running_since=wall).at(wall + timedelta(seconds=5)) == NOON + timedelta(seconds=5)


@pytest.mark.parametrize("time", [VirtualTime(NOON), VirtualTime(NOON, running_since=NOON)])
def test_virtual_time_is_kept_as_text(time: VirtualTime) -> None:
    assert VirtualTime.from_json(time.to_json()) == time


def test_where_no_parameter_is_named_the_wall_clock_counts() -> None:
    assert isinstance(current_clock(), SystemClock)
    assert current_clock().now().tzinfo is UTC


@pytest.mark.usefixtures("aws")
def test_virtual_time_is_read_once_per_invocation(environment: Environment) -> None:
    environment(CLOCK_PARAMETER="/tiller/test/clock")
    parameters = boto3.client("ssm")
    parameters.put_parameter(Name="/tiller/test/clock", Value=VirtualTime(NOON).to_json(), Type="String")
    invocation = current_clock()

    later = VirtualTime(NOON + timedelta(hours=1))
    parameters.put_parameter(Name="/tiller/test/clock", Value=later.to_json(), Type="String", Overwrite=True)

    assert invocation.now() == NOON
    assert current_clock().now() == later.moment


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2013, 2, 20, 4, 59, tzinfo=UTC), date(2013, 2, 19)),
        (datetime(2013, 2, 20, 5, 0, tzinfo=UTC), date(2013, 2, 20)),
        (datetime(2013, 7, 20, 3, 59, tzinfo=UTC), date(2013, 7, 19)),
        (datetime(2013, 7, 20, 4, 0, tzinfo=UTC), date(2013, 7, 20)),
    ],
)
def test_a_trading_date_is_new_yorks(moment: datetime, day: date) -> None:
    assert trading_date(moment) == day


def test_times_are_shown_in_utc() -> None:
    toronto = timezone(timedelta(hours=-5))

    assert rfc3339(datetime(2013, 2, 19, 12, 0, tzinfo=toronto)) == "2013-02-19T17:00:00Z"
    assert rfc3339(NOON + timedelta(milliseconds=5)) == "2013-02-19T17:00:00.005Z"
