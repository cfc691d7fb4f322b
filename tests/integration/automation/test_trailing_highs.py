"""Highs that stops trail: a quote that nobody confirms makes none, and no bid at a stop goes unseen."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.quotes import quoted, traded
from tests.support.rails import job
from tests.support.trading_day import DAY, OPENED, PLANNED, TradingDayHarness
from trading.automation.day_trading.messages import ExitWork, SessionWork
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import ExitReason
from trading.automation.portfolios.service import PortfolioEdit

pytestmark = pytest.mark.usefixtures("aws")


def trailed() -> tuple[TradingDayHarness, PortfolioKey]:
    """Have a portfolio enter AAA at 100, with a stop that trails it by 2 %."""
    harness = TradingDayHarness()
    harness.recommend("AAA")
    key = harness.portfolio().key
    harness.portfolios().edit(key, PortfolioEdit(rails={"trailing_stop_percent": Decimal("2.0")}))
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)
    return harness, key


def watch(harness: TradingDayHarness, minutes: int, price: str) -> None:
    """Have a pass see a price so many minutes after the open, and its work be done."""
    moment = OPENED + timedelta(minutes=minutes)
    harness.market.prices["AAA"] = Decimal(price)
    sent: list[tuple[str, ExitWork | SessionWork]] = []
    job(harness, moment, sent).monitor(moment)
    for _, work in sent:
        assert isinstance(work, ExitWork)
        harness.at(moment).exit(work)


def test_a_bid_that_no_trade_confirms_becomes_no_high() -> None:
    harness, key = trailed()
    watch(harness, 30, "101")
    harness.market.quoted["AAA"] = quoted("AAA", 1000, OPENED + timedelta(minutes=40))
    harness.market.trades["AAA"] = traded(101, OPENED + timedelta(minutes=40))
    watch(harness, 40, "101")
    del harness.market.quoted["AAA"], harness.market.trades["AAA"]

    watch(harness, 50, "101")

    assert harness.position(key, "AAA").is_held


def test_the_first_bid_of_a_day_becomes_no_high_either_where_no_trade_confirms_it() -> None:
    harness, key = trailed()
    harness.market.quoted["AAA"] = quoted("AAA", 1000, OPENED + timedelta(minutes=10))
    harness.market.trades["AAA"] = traded(101, OPENED + timedelta(minutes=10))
    watch(harness, 10, "101")
    del harness.market.quoted["AAA"], harness.market.trades["AAA"]

    watch(harness, 20, "101")

    assert harness.position(key, "AAA").is_held


def test_a_bid_at_the_rounded_stop_itself_is_found() -> None:
    harness, key = trailed()
    watch(harness, 10, "102.0003")
    watch(harness, 20, "99.9603")

    assert harness.position(key, "AAA").exit_reason is ExitReason.TRAILING_STOP
