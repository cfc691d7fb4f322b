"""Messages of an evening that come the next morning, and one position's trouble beside another's."""

from datetime import date, timedelta

import pytest

from tests.support.sweeping import sweep
from tests.support.trading_day import CLOSING, DAY, OPENED, PLANNED, TradingDayHarness
from trading.automation.closer.store import DynamoOpenPositions
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Change, PositionStatus
from trading.automation.portfolios.sessions import SessionStatus
from trading.platform.errors import InvalidRequest, OutcomeUnknown, Refused, StaleRecord

pytestmark = pytest.mark.usefixtures("aws")

YESTERDAY = date(2013, 2, 15)
BEFORE_THE_OPEN = PLANNED + timedelta(minutes=5)
SWEEPING = CLOSING + timedelta(minutes=10)


@pytest.fixture
def harness() -> TradingDayHarness:
    return TradingDayHarness()


@pytest.fixture
def key(harness: TradingDayHarness) -> PortfolioKey:
    harness.recommend("AAA", "BBB")
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    return key


def statuses(harness: TradingDayHarness, key: PortfolioKey) -> set[PositionStatus]:
    return {position.status for position in harness.state(key).positions}


def test_a_close_of_yesterday_gives_up_none_of_todays_entries(harness: TradingDayHarness, key: PortfolioKey) -> None:
    harness.at(BEFORE_THE_OPEN).close(key, YESTERDAY)

    assert statuses(harness, key) == {PositionStatus.PENDING}
    session = harness.at(OPENED).enter(key, DAY)
    assert session is not None
    assert (session.status, session.opened) == (SessionStatus.OPEN, 2)


def test_a_close_of_a_day_without_trading_gives_up_none_of_a_later_days(
    harness: TradingDayHarness, key: PortfolioKey
) -> None:
    harness.at(BEFORE_THE_OPEN).close(key, date(2013, 2, 18))

    assert statuses(harness, key) == {PositionStatus.PENDING}


def test_a_sweep_of_yesterday_cancels_none_of_todays_entries(harness: TradingDayHarness, key: PortfolioKey) -> None:
    assert sweep(harness, key, BEFORE_THE_OPEN, since=YESTERDAY).cancelled == 0

    assert statuses(harness, key) == {PositionStatus.PENDING}


class OneIsStuck(DynamoOpenPositions):
    """A position that cannot be written, whatever is tried."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def commit(self, change: Change) -> None:
        if any(decision.position.symbol == "AAA" for decision in change.decisions):
            raise self._error
        super().commit(change)


@pytest.mark.parametrize(
    "error",
    [StaleRecord("It moved on."), Refused("No."), OutcomeUnknown("Lost."), InvalidRequest("Odd."), ValueError("odd")],
    ids=lambda error: type(error).__name__,
)
def test_a_position_that_cannot_be_sold_holds_up_no_other(
    harness: TradingDayHarness, key: PortfolioKey, error: Exception
) -> None:
    harness.at(OPENED).enter(key, DAY)

    with pytest.raises(type(error)):
        sweep(harness, key, SWEEPING, positions=OneIsStuck(error))

    assert harness.position(key, "AAA").status is PositionStatus.OPEN
    assert harness.position(key, "BBB").status is PositionStatus.CLOSED
