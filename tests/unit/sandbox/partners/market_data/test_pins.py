"""Pinned quotes: what the simulated market says of them, as quotes and as trades."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.partners.market_data.pins import Pin
from sandbox.partners.market_data.simulator import MarketSimulator

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=4)
NOON_OF_SUNDAY = datetime(2013, 2, 24, 17, 0, tzinfo=UTC)
CROSSED = Pin(Decimal(101), Decimal(99))


@pytest.fixture
def market(tmp_path: Path) -> MarketSimulator:
    return MarketSimulator.in_folder(tmp_path / "market")


def quote(market: MarketSimulator, symbol: str = "X", now: datetime = LATER) -> tuple[float, float, str] | None:
    found = market.latest_quotes([symbol], now)["quotes"].get(symbol)
    return (found["bp"], found["ap"], found["t"]) if found else None


def trade(market: MarketSimulator, symbol: str = "X", now: datetime = LATER) -> tuple[float, str] | None:
    found = market.latest_trades([symbol], now)["trades"].get(symbol)
    return (found["p"], found["t"]) if found else None


def test_a_plain_price_is_bid_ask_and_last_trade_of_every_moment(market: MarketSimulator) -> None:
    market.pin({"X": Decimal(100)}, NOW)

    assert quote(market) == (100, 100, "2013-02-19T15:04:00Z")
    assert trade(market) == (100, "2013-02-19T15:04:00Z")


def test_a_bid_and_an_ask_are_quoted_as_they_are(market: MarketSimulator) -> None:
    market.pin({"X": CROSSED, "Y": Pin(Decimal(1), Decimal(2), NOW), "Z": Pin(Decimal(0), Decimal(2))}, NOW)

    assert quote(market) == (101, 99, "2013-02-19T15:04:00Z")
    assert quote(market, "Y") == (1, 2, "2013-02-19T15:00:00Z")
    assert quote(market, "Z") == (0, 2, "2013-02-19T15:04:00Z")
    assert trade(market) is None


def test_the_last_trade_is_of_the_moment_when_the_plain_price_ended(market: MarketSimulator) -> None:
    market.pin({"X": Decimal(100)}, NOW - timedelta(hours=1))
    market.pin({"X": CROSSED}, NOW)
    market.pin({"X": Pin(Decimal(90), Decimal(120))}, LATER)

    assert trade(market) == (100, "2013-02-19T15:00:00Z")


def test_nothing_is_no_quote_and_no_trade_and_a_plain_price_trades_again(market: MarketSimulator) -> None:
    market.pin({"X": Decimal(100)}, NOW)
    market.pin({"X": None}, NOW)
    assert (quote(market), trade(market)) == (None, None)

    market.pin({"X": CROSSED}, NOW)
    assert trade(market) is None

    market.pin({"X": Decimal(90)}, NOW)
    assert trade(market) == (90, "2013-02-19T15:04:00Z")


def test_a_symbol_with_bars_trades_along_them_under_a_pinned_bid_and_ask(market: MarketSimulator) -> None:
    market.load_csv("symbol,date,open,high,low,close,volume\nX,2013-02-19,10,10,10,10,500\n")
    market.pin({"X": CROSSED}, NOW)

    assert trade(market) == (10, "2013-02-19T15:04:00Z")


def test_torontos_symbol_is_not_new_yorks(market: MarketSimulator) -> None:
    market.pin({"TSE:T": Decimal(20), "NYSE:T": Decimal(30)}, NOW)

    assert quote(market, "T") == (30, 30, "2013-02-19T15:04:00Z")

    market.pin({"TSE:T": None}, NOW)
    assert quote(market, "T") == (30, 30, "2013-02-19T15:04:00Z")


def test_classes_of_shares_are_found_in_the_partners_spelling(market: MarketSimulator) -> None:
    market.pin({"BRK-B": Decimal(100)}, NOW)
    market.load_csv("symbol,date,open,high,low,close,volume\nBF-B,2013-02-19,10,10,10,10,500\n")

    assert quote(market, "BRK.B") == (100, 100, "2013-02-19T15:04:00Z")
    assert quote(market, "BF.B") == (10, 10, "2013-02-19T15:04:00Z")


def test_a_symbol_of_an_odd_form_is_unknown_unless_it_was_heard_of(market: MarketSimulator) -> None:
    market.pin({"PIN-1": Decimal(1)}, NOW)

    assert market.unknown(["AAPL", "S001", "BRK.B", "PIN-1", "BAD-1", "BAD."]) == ("BAD-1", "BAD.")


def test_pins_of_every_kind_are_kept(market: MarketSimulator) -> None:
    market.pin({"A": Decimal(100), "B": None, "C": Decimal(7), "TSE:D": Pin(Decimal(0), Decimal(1), NOW)}, NOW)
    market.pin({"C": CROSSED, "A": Pin(Decimal(100), Decimal(100))}, NOW)

    again = MarketSimulator.in_folder(market.folder)

    assert again.pinned == market.pinned
    assert again.pinned["A"] == Pin(Decimal(100), Decimal(100), None, Decimal(100), NOW)


@pytest.mark.parametrize(
    ("pin", "close"),
    [
        (Pin(Decimal(99), Decimal(102)), 100.5),
        (Pin(Decimal("0.0001"), Decimal("0.0002")), 0.0002),
        (CROSSED, 97),
        (Pin(Decimal(0), Decimal(102)), 97),
    ],
)
@pytest.mark.parametrize("now", [LATER, NOON_OF_SUNDAY], ids=["market hours", "sunday"])
def test_a_bid_and_an_ask_close_at_their_middle_or_else_at_the_last_trade(
    market: MarketSimulator, pin: Pin, close: float, now: datetime
) -> None:
    market.pin({"X": Decimal(97)}, NOW)
    market.pin({"X": pin}, NOW)

    shown = market.snapshots(["X"], now)["X"]["dailyBar"]["c"]
    day = (now.date(), now.date())
    official = market.daily_bars(["X"], day, now, page=(0, 10), is_raw=True)["bars"]["X"]

    assert shown == close
    assert [bar["c"] for bar in official] == [close]


def test_sides_that_make_no_price_close_at_nothing_where_nothing_was_traded(market: MarketSimulator) -> None:
    market.pin({"X": CROSSED}, NOW)

    assert market.snapshots(["X"], LATER) == {}
