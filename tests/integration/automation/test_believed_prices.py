"""A day on quotes with a spread, and on quotes that are no prices."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.quotes import quoted, traded
from tests.support.sweeping import sweep
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.closer.models import SweepResult
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import ExitReason, PositionStatus
from trading.automation.portfolios.sessions import Skip
from trading.ledger.models import Trade
from trading.ledger.store import DynamoJournal
from trading.markets.models import PriceSource, Quote
from trading.platform.outbox import OutboxRow

pytestmark = pytest.mark.usefixtures("aws")

SWEEPING = CLOSING + timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


def planned(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    harness.recommend(*symbols)
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    return key


def entered(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    key = planned(harness, *symbols)
    harness.at(OPENED).enter(key, DAY)
    return key


def crossed(at: datetime, symbol: str = "AAA") -> dict[str, Quote]:
    return {symbol: quoted(symbol, 101, at, ask=99)}


def last_trade(key: PortfolioKey) -> Trade:
    trade = DynamoJournal().since(key.text, 0)[-1].trade
    assert trade is not None
    return trade


def test_a_purchase_fills_above_the_ask_and_a_sale_below_the_bid() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.market.quoted = {"AAA": quoted("AAA", "99.8", OPENED, ask="100.2")}
    harness.at(OPENED).enter(key, DAY)
    assert harness.position(key, "AAA").entry_price == Decimal("100.2501")

    harness.market.quoted = {"AAA": quoted("AAA", "99.5", CLOSING, ask="100.5")}
    harness.at(CLOSING).close(key, DAY)

    assert harness.position(key, "AAA").exit_price == Decimal("99.4502")
    assert_sound(harness.state(key))


def test_a_spread_that_takes_a_quarter_of_the_way_to_the_stop_is_not_paid() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    # The stop is 3 % away: a quarter of that is 0.75 % and a round trip without the spread 0.107 %.
    harness.market.quoted = {
        "AAA": quoted("AAA", "99.36", OPENED, ask=100),
        "BBB": quoted("BBB", "99.35", OPENED, ask=100),
    }
    harness.at(OPENED).enter(key, DAY)

    assert harness.position(key, "AAA").status is PositionStatus.OPEN
    assert harness.position(key, "BBB").skip is Skip.COSTS_TOO_HIGH
    assert_sound(harness.state(key))


def test_stops_and_targets_are_judged_by_the_bid() -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA")
    position = harness.position(key, "AAA")
    stop, target = position.stop_price, position.target_price
    assert stop is not None
    assert target is not None

    assert harness.at(NOON).exit_hits(key, DAY, [quoted("AAA", target - 1, NOON, ask=target)]) == 0
    assert harness.at(NOON).exit_hits(key, DAY, [quoted("AAA", stop, NOON, ask=stop + 1)]) == 1
    assert harness.position(key, "AAA").exit_reason is ExitReason.STOP_HIT


@pytest.mark.parametrize(
    "odd",
    [
        quoted("AAA", 90, NOON, ask=110),
        quoted("AAA", 90, NOON, ask=89),
        quoted("AAA", 40, NOON),
        quoted("AAA", 90, NOON - 16 * MINUTE),
        quoted("AAA", 90, NOON + MINUTE),
    ],
    ids=["wide", "crossed", "out of band", "stale", "from the future"],
)
def test_a_quote_that_is_no_price_triggers_no_stop(odd: Quote) -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA")

    assert harness.at(NOON).exit_hits(key, DAY, [odd]) == 0


def test_a_crash_triggers_the_stop_where_the_last_trade_confirms_it() -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA")
    crashed = replace(quoted("AAA", 40, NOON), last_trade=traded(41, NOON))

    assert harness.at(NOON).exit_hits(key, DAY, [crashed]) == 1
    assert_sound(harness.state(key))


def test_a_stop_that_fills_on_an_older_quote_says_so() -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA")
    seen = NOON - 15 * MINUTE

    assert harness.at(NOON).exit_hits(key, DAY, [quoted("AAA", 90, seen)]) == 1

    position = harness.position(key, "AAA")
    assert (position.price_at, position.closed_at, position.price_from) == (seen, NOON, PriceSource.QUOTE)
    assert (last_trade(key).price_at, last_trade(key).price_from) == (seen, "quote")


def test_an_entry_waits_for_a_quote_that_is_a_price_and_is_abandoned_without_one() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB", "CCC")
    harness.market.quoted = crossed(OPENED) | {"BBB": quoted("BBB", 100, OPENED - timedelta(seconds=1))}

    harness.at(OPENED).enter(key, DAY)
    statuses = {symbol: harness.position(key, symbol).status for symbol in ("AAA", "BBB", "CCC")}
    assert statuses == {"AAA": PositionStatus.PENDING, "BBB": PositionStatus.PENDING, "CCC": PositionStatus.OPEN}

    harness.market.quoted = crossed(OPENED + 10 * MINUTE) | {"BBB": quoted("BBB", 100, OPENED + 7 * MINUTE)}
    harness.at(OPENED + 10 * MINUTE).enter(key, DAY)
    assert (harness.position(key, "AAA").skip, harness.position(key, "BBB").skip) == (Skip.NO_QUOTE, Skip.NO_QUOTE)


def test_no_trade_stands_in_for_an_entry() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.market.quoted = crossed(OPENED)
    harness.market.trades = {"AAA": traded(100, OPENED)}

    harness.at(OPENED).enter(key, DAY)

    assert harness.position(key, "AAA").status is PositionStatus.PENDING


@pytest.mark.parametrize("bid", [70, 101], ids=["wide", "crossed"])
def test_at_the_close_the_last_trade_stands_in_for_a_quote_that_is_no_price(bid: int) -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA")
    harness.market.quoted = {"AAA": quoted("AAA", bid, CLOSING, ask=99)}
    harness.market.trades = {"AAA": traded(98, CLOSING - 5 * MINUTE)}

    harness.at(CLOSING).close(key, DAY)

    position = harness.position(key, "AAA")
    assert (position.status, position.exit_price) == (PositionStatus.CLOSED, Decimal("97.9510"))
    assert (position.price_from, position.price_at) == (PriceSource.TRADE, CLOSING - 5 * MINUTE)
    assert last_trade(key).price_from == "trade"
    assert_sound(harness.state(key))


def test_without_a_trade_a_position_stays_closing_and_alarms() -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA", "BBB")
    harness.market.quoted = crossed(CLOSING)
    harness.market.trades = {"AAA": traded(98, CLOSING - 6 * MINUTE)}

    harness.at(CLOSING).close(key, DAY)

    assert harness.position(key, "AAA").status is PositionStatus.CLOSING
    assert harness.position(key, "BBB").status is PositionStatus.CLOSED
    assert "close_delayed" in [json.loads(row.body)["type"] for row in OutboxRow.scan()]

    harness.market.quoted = crossed(SWEEPING)
    assert sweep(harness, key, SWEEPING) == SweepResult(sold=0, cancelled=0, left=1)


def test_the_closer_takes_the_last_trade_too() -> None:
    harness = TradingDayHarness()
    key = entered(harness, "AAA")
    harness.market.quoted = crossed(SWEEPING)
    harness.market.trades = {"AAA": traded(98, SWEEPING - 5 * MINUTE)}

    assert sweep(harness, key, SWEEPING).sold == 1

    position = harness.position(key, "AAA")
    assert (position.exit_reason, position.price_from) == (ExitReason.SWEPT, PriceSource.TRADE)
    assert_sound(harness.state(key))
