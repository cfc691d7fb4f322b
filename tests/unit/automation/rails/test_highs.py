"""Highs: what passes observed since each moment at which something may have been bought."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from trading.automation.rails.highs import NO_HIGHS, Highs, trailing_price

OPENED = datetime(2013, 2, 19, 14, 30, tzinfo=UTC)
ENTRIES_END = OPENED + timedelta(minutes=12)


def after(*bids: int, symbol: str = "AAA") -> Highs:
    highs = NO_HIGHS
    for number, bid in enumerate(bids):
        highs = highs.observed({symbol: Decimal(bid)}, OPENED + timedelta(minutes=10 * number), ENTRIES_END)
    return highs


def since(highs: Highs, minutes: int) -> Decimal | None:
    return highs.since("AAA", OPENED + timedelta(minutes=minutes))


def test_the_high_is_that_since_the_moment_and_not_the_days() -> None:
    highs = after(110, 100, 101, 99)

    assert (since(highs, 0), since(highs, 5), since(highs, 11)) == (110, 101, 101)


def test_a_high_rises_with_each_higher_bid_and_never_falls() -> None:
    assert [since(after(*bids), 0) for bids in ((100,), (100, 99), (100, 99, 103), (100, 99, 103, 50))] == [
        100,
        100,
        103,
        103,
    ]


def test_no_more_is_kept_than_entries_can_ask_for() -> None:
    assert len(after(*range(100, 60, -1)).of("AAA")) == 3


def test_the_same_pass_again_changes_nothing() -> None:
    highs = after(100)

    assert highs.observed({"AAA": Decimal(100)}, OPENED, ENTRIES_END) == highs


def test_before_any_pass_there_is_no_high() -> None:
    assert since(after(100), 1) is None
    assert NO_HIGHS.since("AAA", OPENED) is None


def test_a_bid_under_the_high_has_fallen_by_a_step_more_and_one_at_it_has_not() -> None:
    highs = after(110, 100)

    assert highs.fallen_percent("AAA", Decimal("104.5001")) == 5
    assert highs.fallen_percent("AAA", Decimal(110)) is None
    assert highs.fallen_percent("BBB", Decimal(1)) is None


def test_a_trailing_stop_lies_its_percent_under_the_high() -> None:
    assert trailing_price(Decimal(104), Decimal("2.0")) == Decimal("101.92")
