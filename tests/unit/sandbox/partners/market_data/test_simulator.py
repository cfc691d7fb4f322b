"""The market simulator: which quote and which bars are to be had at which moment."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.partners.market_data.pins import Pin
from sandbox.partners.market_data.simulator import MarketSimulator
from trading.markets.calendar import trading_day
from trading.markets.models import Bar, Exchange, TradingDay
from trading.markets.walk import price_on_walk

DAY = date(2013, 2, 19)
NEXT_DAY = date(2013, 2, 20)
OPENS = datetime(2013, 2, 19, 14, 30, tzinfo=UTC)
CLOSES = datetime(2013, 2, 19, 21, tzinfo=UTC)
HEADER = "symbol,date,open,high,low,close,volume"
TWO_DAYS = f"{HEADER}\nX,2013-02-19,10,12,9,11,500\nX,2013-02-20,20,24,18,22,500\n"


@pytest.fixture
def market(tmp_path: Path) -> MarketSimulator:
    made = MarketSimulator.in_folder(tmp_path / "market")
    made.load_csv(TWO_DAYS)
    return made


@pytest.fixture
def session() -> TradingDay:
    found = trading_day(Exchange.NASDAQ, DAY)
    assert found is not None
    return found


def quote(market: MarketSimulator, now: datetime, symbol: str = "X") -> tuple[float, str] | None:
    found = market.latest_quotes([symbol], now)["quotes"].get(symbol)
    return (found["bp"], found["t"]) if found else None


def closes(market: MarketSimulator, now: datetime, *, page: tuple[int, int] = (0, 100)) -> list[float]:
    found = market.daily_bars(["X"], (date(2013, 1, 1), date(2013, 12, 31)), now, page=page)
    return [bar["c"] for bar in found["bars"].get("X", [])]


def test_before_the_first_open_there_is_no_quote(market: MarketSimulator) -> None:
    assert quote(market, OPENS - timedelta(minutes=1)) is None


def test_at_the_open_the_quote_is_the_open_and_fresh(market: MarketSimulator) -> None:
    assert quote(market, OPENS) == (10.0, "2013-02-19T14:30:00Z")


def test_within_the_session_quotes_are_of_the_minute(market: MarketSimulator) -> None:
    first = quote(market, OPENS + timedelta(minutes=5, seconds=1))

    assert first == quote(market, OPENS + timedelta(minutes=5, seconds=59))
    assert first is not None
    assert first[1] == "2013-02-19T14:35:00Z"


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=3), timedelta(hours=17, minutes=29)])
def test_after_the_close_the_quote_is_the_close_and_ages(market: MarketSimulator, later: timedelta) -> None:
    assert quote(market, CLOSES + later) == (11.0, "2013-02-19T21:00:00Z")


def test_the_next_day_opens_at_its_own_price(market: MarketSimulator) -> None:
    assert quote(market, OPENS + timedelta(days=1)) == (20.0, "2013-02-20T14:30:00Z")


def test_a_half_day_ends_early(market: MarketSimulator) -> None:
    market.load_csv(f"{HEADER}\nHALF,2013-07-03,10,12,9,11,500")

    assert quote(market, datetime(2013, 7, 3, 17, 30, tzinfo=UTC), "HALF") == (11.0, "2013-07-03T17:00:00Z")


def test_the_path_touches_every_price_of_the_day_and_leaves_its_range_never(session: TradingDay) -> None:
    bar = Bar("X", DAY, *(Decimal(price) for price in ("10", "12", "9", "11")), volume=1)
    minutes = int((CLOSES - OPENS).total_seconds()) // 60

    path = [price_on_walk(bar, session, OPENS + timedelta(minutes=minute)) for minute in range(minutes + 1)]

    assert (path[0], max(path), min(path), path[-1]) == (10, 12, 9, 11)


def test_the_order_of_high_and_low_is_fixed_by_symbol_and_day(session: TradingDay) -> None:
    third = OPENS + (CLOSES - OPENS) / 3
    prices = [Decimal(price) for price in ("10", "12", "9", "11")]

    turns = [price_on_walk(Bar(f"S{number}", DAY, *prices, volume=1), session, third) for number in range(40)]
    again = [price_on_walk(Bar(f"S{number}", DAY, *prices, volume=1), session, third) for number in range(40)]

    assert turns == again
    assert set(turns) == {Decimal(12), Decimal(9)}


def test_a_day_s_bar_is_there_once_its_session_has_closed(market: MarketSimulator) -> None:
    assert closes(market, CLOSES - timedelta(seconds=1)) == []
    assert closes(market, CLOSES) == [11.0]
    assert closes(market, CLOSES + timedelta(days=1)) == [11.0, 22.0]


def test_bars_come_page_by_page(market: MarketSimulator) -> None:
    days, now = (DAY, NEXT_DAY), CLOSES + timedelta(days=1)

    first = market.daily_bars(["X"], days, now, page=(0, 1))
    second = market.daily_bars(["X"], days, now, page=(int(first["next_page_token"]), 1))

    assert [first["bars"]["X"][0]["c"], second["bars"]["X"][0]["c"]] == [11.0, 22.0]
    assert second["next_page_token"] is None


def test_a_pinned_price_stands_at_every_moment(market: MarketSimulator) -> None:
    market.pin({"X": Decimal("50.5")})

    assert quote(market, OPENS - timedelta(days=9)) == (50.5, "2013-02-10T14:30:00Z")
    assert quote(market, CLOSES + timedelta(days=9)) == (50.5, "2013-02-28T21:00:00Z")


def test_pins_merge_and_none_takes_the_quote_away(market: MarketSimulator) -> None:
    market.pin({"X": Decimal(1), "Y": Decimal(2)})
    market.pin({"X": None})

    assert quote(market, OPENS) is None
    assert quote(market, OPENS, "Y") == (2.0, "2013-02-19T14:30:00Z")


def test_what_came_in_is_kept(market: MarketSimulator) -> None:
    market.pin({"Y": Decimal("2.25"), "Z": None})

    again = MarketSimulator.in_folder(market.folder)

    assert closes(again, CLOSES + timedelta(days=1)) == [11.0, 22.0]
    assert again.pinned == {"Y": Pin.plain(Decimal("2.25")), "Z": Pin.plain(None)}


def test_a_reset_sandbox_forgets_what_came_in(market: MarketSimulator) -> None:
    again = MarketSimulator.in_folder(market.folder, afresh=True)

    assert closes(again, CLOSES) == []


def test_a_bar_that_comes_again_replaces_the_former(market: MarketSimulator) -> None:
    market.load_csv(f"{HEADER}\nX,2013-02-19,10,12,9,11.5,500")

    assert closes(market, CLOSES) == [11.5]


def test_a_csv_with_one_wrong_line_adds_nothing(market: MarketSimulator) -> None:
    with pytest.raises(ValueError, match="line 3"):
        market.load_csv(f"{HEADER}\nX,2013-02-19,1,1,1,1,1\nX,2013-02-20,1,1,1,-1,1")

    assert closes(market, CLOSES) == [11.0]


def test_shipped_history_is_adjusted_and_ends_in_march(market: MarketSimulator) -> None:
    found = market.daily_bars(
        ["AAPL"], (date(2013, 2, 15), date(2013, 12, 31)), datetime(2014, 1, 1, tzinfo=UTC), page=(0, 99)
    )

    bars = found["bars"]["AAPL"]
    assert (bars[0]["t"][:10], bars[-1]["t"][:10]) == ("2013-02-15", "2013-03-01")
    assert all(bar["l"] <= min(bar["o"], bar["c"]) <= max(bar["o"], bar["c"]) <= bar["h"] for bar in bars)
