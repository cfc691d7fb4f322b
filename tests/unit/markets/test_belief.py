"""Which quotes are prices, for which purpose, and when the last trade takes their place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.quotes import quoted, traded
from trading.markets.belief import (
    DISPLAY,
    ENTRY,
    EXIT,
    FLATTEN,
    Purpose,
    Reason,
    believable,
    depends_on_trade,
)
from trading.markets.models import Price, PriceSource

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PURPOSES = (ENTRY, EXIT, FLATTEN, DISPLAY)
GOOD = quoted("AAA", "99.5", NOW, ask="100.5")

odd_sides = st.sampled_from([Decimal(text) for text in ("NaN", "sNaN", "Infinity", "-1", "0", "1E+40", "1E-40")])
sides = st.decimals("0.0001", 1000, places=4) | odd_sides
moments = st.integers(-2000, 100).map(lambda seconds: NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("purpose", "amount"), [(ENTRY, "100.5"), (EXIT, "99.5"), (FLATTEN, "99.5"), (DISPLAY, "100.0")]
)
def test_purchases_see_the_ask_sales_the_bid_and_values_the_middle(purpose: Purpose, amount: str) -> None:
    assert believable(GOOD, purpose, NOW) == Price(Decimal(amount), NOW, PriceSource.QUOTE, Decimal(1))


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("side", ["0", "-1", "NaN", "Infinity", "-Infinity", "sNaN", "1E+40"])
def test_a_side_that_is_no_amount_is_no_price(side: str, purpose: Purpose) -> None:
    assert believable(replace(GOOD, bid=Decimal(side)), purpose, NOW) is Reason.NO_SIDE
    assert believable(replace(GOOD, ask=Decimal(side)), purpose, NOW) is Reason.NO_SIDE


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_crossed_quote_is_no_price_and_a_locked_one_is(purpose: Purpose) -> None:
    assert believable(quoted("AAA", "100.01", NOW, ask="100"), purpose, NOW) is Reason.CROSSED
    assert isinstance(believable(quoted("AAA", "100", NOW, ask="100"), purpose, NOW), Price)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_spread_above_two_percent_of_the_middle_is_no_price(purpose: Purpose) -> None:
    assert isinstance(believable(quoted("AAA", "99", NOW, ask="101"), purpose, NOW), Price)
    assert believable(quoted("AAA", "99", NOW, ask="101.0001"), purpose, NOW) is Reason.TOO_WIDE


def test_the_widest_spread_is_a_setting() -> None:
    wide = quoted("AAA", "98", NOW, ask="102")

    assert isinstance(believable(wide, EXIT, NOW, max_spread=Decimal("0.04")), Price)
    assert believable(GOOD, EXIT, NOW, max_spread=Decimal("0.0099")) is Reason.TOO_WIDE


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_stamp_may_be_five_seconds_ahead(purpose: Purpose) -> None:
    assert isinstance(believable(replace(GOOD, at=NOW + 5 * SECOND), purpose, NOW), Price)
    assert believable(replace(GOOD, at=NOW + 6 * SECOND), purpose, NOW) is Reason.FROM_THE_FUTURE


@pytest.mark.parametrize(("purpose", "minutes"), [(ENTRY, 2), (EXIT, 15), (FLATTEN, 15), (DISPLAY, 1)])
def test_a_quote_counts_for_as_long_as_its_purpose_allows(purpose: Purpose, minutes: int) -> None:
    oldest = NOW - timedelta(minutes=minutes)

    assert isinstance(believable(replace(GOOD, at=oldest), purpose, NOW), Price)
    assert believable(replace(GOOD, at=oldest - SECOND), purpose, NOW) is Reason.STALE


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_quote_from_before_the_open_is_no_price_of_the_day(purpose: Purpose) -> None:
    before = replace(GOOD, at=NOW - SECOND)

    assert believable(before, purpose.since(NOW), NOW) is Reason.BEFORE_OPEN
    assert isinstance(believable(GOOD, purpose.since(NOW), NOW), Price)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(("last", "reason"), [("200", None), ("201", Reason.OUT_OF_BAND), ("66.67", None), ("66", 1)])
def test_a_price_lies_within_half_of_the_last_one(last: str, reason: Reason | None, purpose: Purpose) -> None:
    judged = believable(quoted("AAA", 100, NOW), purpose, NOW, Decimal(last))

    assert isinstance(judged, Price) is (reason is None)
    assert reason is None or judged is Reason.OUT_OF_BAND


@pytest.mark.parametrize("price", ["90", "110"])
def test_a_move_of_more_than_half_is_believed_where_the_last_trade_agrees(price: str) -> None:
    crashed = replace(quoted("AAA", 100, NOW), last_trade=traded(price, NOW - timedelta(minutes=15)))

    assert believable(crashed, ENTRY, NOW, Decimal(300)) == Price(Decimal(100), NOW)


@pytest.mark.parametrize(
    ("price", "at"),
    [
        ("89.99", NOW),
        ("110.01", NOW),
        ("100", NOW - timedelta(minutes=15, seconds=1)),
        ("100", NOW + timedelta(seconds=6)),
        ("NaN", NOW),
        ("0", NOW),
    ],
)
def test_a_trade_that_is_elsewhere_or_old_confirms_nothing(price: str, at: datetime) -> None:
    odd = replace(quoted("AAA", 100, NOW), last_trade=traded(price, at))

    assert believable(odd, EXIT, NOW, Decimal(300)) is Reason.OUT_OF_BAND


UNBELIEVABLE = (
    quoted("AAA", 101, NOW, ask=100),
    quoted("AAA", 90, NOW, ask=110),
    quoted("AAA", 0, NOW, ask=100),
    quoted("AAA", 100, NOW - timedelta(minutes=16)),
    quoted("AAA", 100, NOW + timedelta(minutes=1)),
    quoted("AAA", 900, NOW),
)


@pytest.mark.parametrize("quote", UNBELIEVABLE)
def test_the_last_trade_stands_in_for_a_flatten_and_says_so(quote: object) -> None:
    recent = traded(97, NOW - timedelta(minutes=5))

    assert believable(replace(quote, last_trade=recent), FLATTEN, NOW, Decimal(100)) == Price(  # type: ignore[type-var]
        Decimal(97), recent.at, PriceSource.TRADE
    )


@pytest.mark.parametrize("quote", UNBELIEVABLE)
@pytest.mark.parametrize("purpose", [ENTRY, EXIT, DISPLAY])
def test_no_trade_stands_in_for_entries_stops_or_values(quote: object, purpose: Purpose) -> None:
    odd = replace(quote, last_trade=traded(97, NOW))  # type: ignore[type-var]

    assert isinstance(believable(odd, purpose, NOW, Decimal(100)), Reason)


@pytest.mark.parametrize("quote", UNBELIEVABLE[:1])
@pytest.mark.parametrize(
    ("price", "at"),
    [
        ("97", NOW - timedelta(minutes=5, seconds=1)),
        ("97", NOW + timedelta(seconds=6)),
        ("0", NOW),
        ("NaN", NOW),
        ("151", NOW),
        ("49", NOW),
    ],
)
def test_an_old_or_odd_trade_stands_in_for_nothing(quote: object, price: str, at: datetime) -> None:
    odd = replace(quote, last_trade=traded(price, at))  # type: ignore[type-var]

    assert believable(odd, FLATTEN, NOW, Decimal(100)) is Reason.CROSSED


def test_a_trade_from_before_the_open_stands_in_for_nothing() -> None:
    odd = replace(UNBELIEVABLE[0], last_trade=traded(97, NOW - SECOND))

    assert believable(odd, FLATTEN.since(NOW), NOW, Decimal(100)) is Reason.CROSSED


def test_a_trade_after_a_crash_stands_in_where_the_wide_quote_lies_around_it() -> None:
    crash = replace(quoted("AAA", 20, NOW, ask=60), last_trade=traded(40, NOW))

    assert believable(crash, FLATTEN, NOW, Decimal(100)) == Price(Decimal(40), NOW, PriceSource.TRADE)


def test_the_last_trade_decides_a_flatten_and_moves_beyond_the_band() -> None:
    assert depends_on_trade(Reason.CROSSED, FLATTEN)
    assert depends_on_trade(Reason.OUT_OF_BAND, ENTRY)
    assert not depends_on_trade(Reason.CROSSED, EXIT)


@given(bid=sides, ask=sides, at=moments, last=st.none() | st.decimals("0.0001", 1000, places=4))
def test_what_is_believed_keeps_every_rule(bid: Decimal, ask: Decimal, at: datetime, last: Decimal | None) -> None:
    quote = replace(GOOD, bid=bid, ask=ask, at=at)

    for purpose in PURPOSES:
        price = believable(quote, purpose, NOW, last)
        if isinstance(price, Price):
            assert 0 < bid <= price.amount <= ask < Decimal("Infinity")
            assert ask - bid <= (ask + bid) / 2 * Decimal("0.02")
            assert NOW - purpose.max_age <= price.at <= NOW + 5 * SECOND
            assert last is None or abs(quote.middle - last) <= last / 2
