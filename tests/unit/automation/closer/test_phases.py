"""What the closer does at which minute of a day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from trading.automation.closer.models import SweepPhase, phase_at
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange

DAY = trading_day(Exchange.NASDAQ, date(2013, 2, 19))
HALF_DAY = trading_day(Exchange.NASDAQ, date(2013, 7, 3))


def at(hour: int, minute: int) -> datetime:
    return datetime(2013, 2, 19, hour, minute, tzinfo=UTC) + timedelta(hours=5)


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        (at(9, 19), None),
        (at(9, 20), SweepPhase.PROVE),
        (at(9, 29), SweepPhase.PROVE),
        (at(9, 30), SweepPhase.SELL_LEFTOVERS),
        (at(9, 40), SweepPhase.SELL_LEFTOVERS),
        (at(9, 41), None),
        (at(12, 40), None),
        (at(13, 10), None),
        (at(15, 39), None),
        (at(15, 40), SweepPhase.FLATTEN),
        (at(15, 50), SweepPhase.FLATTEN),
        (at(16, 0), None),
        (at(16, 9), None),
        (at(16, 10), SweepPhase.PROVE),
    ],
)
def test_a_whole_day(moment: datetime, phase: SweepPhase | None) -> None:
    assert DAY is not None
    assert phase_at(DAY, moment) is phase


@pytest.mark.parametrize(
    ("before_close", "phase"),
    [(20, SweepPhase.FLATTEN), (10, SweepPhase.FLATTEN), (0, None), (-10, SweepPhase.PROVE)],
)
def test_a_half_day_ends_earlier(before_close: int, phase: SweepPhase | None) -> None:
    assert HALF_DAY is not None
    assert phase_at(HALF_DAY, HALF_DAY.closes_at - timedelta(minutes=before_close)) is phase
