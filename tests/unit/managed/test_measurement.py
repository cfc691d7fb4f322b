"""What was executed, from holdings and cash: worked examples."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.managed.makers import NOW, held_fund, portfolio, seen, status
from trading.managed.observation import measurement as measuring
from trading.managed.observation.measurement import Measured, attributed, is_done, measure
from trading.platform.clock import FixedClock

BEFORE = seen(100_000, tech={"AAPL": (50_000, "5"), "MSFT": (50_000, "10")})


@pytest.mark.parametrize(
    ("wanted", "flow", "executed"),
    [
        ([100], 1100, [100]),
        ([50, 100], 1160, [50, 110]),
        ([100, -50], 1060, [100, -40]),
        ([-50, 100], 1040, [-50, 90]),
        ([-50, -100], 860, [-50, -90]),
        ([50, 100], 1030, [30, 0]),
        ([100], 1000, [0]),
        ([-100], 1000, [0]),
        ([100], 990, [-10]),
        ([], 1000, []),
    ],
)
def test_what_is_missing_is_taken_from_the_newest_versions(wanted: list[int], flow: int, executed: list[int]) -> None:
    assert attributed(wanted, 1000, flow) == executed


@pytest.mark.parametrize(
    ("remaining", "amount", "equity", "done"),
    [
        (100, 10_000, 0, True),
        (101, 10_000, 200_000, False),
        (-100, -10_000, 0, True),
        (-101, -10_000, 0, False),
        (500, 10_000, 1_000_000, True),
        (501, 10_000, 1_000_000, False),
        (5_000, 10_000, 10**9, True),
        (5_001, 10_000, 10**9, False),
        (50, 100, 0, True),
        (51, 100, 0, False),
        (0, 1, 0, True),
        (1, 1, 0, False),
    ],
)
def test_done_is_a_dollar_or_a_twentieth_of_a_percent_or_half(
    remaining: int, amount: int, equity: int, *, done: bool
) -> None:
    assert is_done(remaining, amount, equity) is done


def test_shares_and_cash_tell_a_purchase() -> None:
    now = seen(80_000, tech={"AAPL": (60_000, "6"), "MSFT": (60_000, "12")})

    assert measure(BEFORE, now, 100_000) == Measured({"tech": 20_000}, 0, is_explained=True)


def test_a_slip_of_prices_is_settled_by_cash() -> None:
    now = seen(79_500, tech={"AAPL": (60_000, "6"), "MSFT": (60_000, "12")})

    assert measure(BEFORE, now, 100_000) == Measured({"tech": 20_500}, 500, is_explained=True)


def test_a_slip_is_shared_out_by_what_was_traded() -> None:
    before = seen(0, one={"AAPL": (30_000, "3")}, two={"AAPL": (10_000, "1")})
    now = seen(19_600, one={"AAPL": (15_000, "1.5")}, two={"AAPL": (5_000, "0.5")})

    assert measure(before, now, 0).flows == {"one": -14_700, "two": -4_900}


def test_a_deposit_whose_event_is_late_is_not_explained() -> None:
    now = seen(580_000, tech={"AAPL": (60_000, "6"), "MSFT": (60_000, "12")})

    measured = measure(BEFORE, now, 100_000)

    assert not measured.is_explained
    assert measured.gap_cents == -500_000


def test_without_a_trade_a_late_deposit_moves_nothing() -> None:
    now = replace(BEFORE, cash_cents=600_000)

    assert measure(BEFORE, now, 100_000) == Measured({}, -500_000, is_explained=True)


def test_one_symbol_in_two_funds_is_told_apart() -> None:
    before = seen(0, one={"AAPL": (30_000, "3")}, two={"AAPL": (10_000, "1")})
    now = seen(-10_000, one={"AAPL": (30_000, "3")}, two={"AAPL": (20_000, "2")})

    assert measure(before, now, 0).flows == {"two": 10_000}


def test_what_one_fund_sells_and_another_buys_leaves_cash_alone() -> None:
    before = seen(0, one={"AAPL": (30_000, "3")}, two={"AAPL": (10_000, "1")})
    now = seen(0, one={"AAPL": (20_000, "2")}, two={"AAPL": (20_000, "2")})

    assert measure(before, now, 0).flows == {"one": -10_000, "two": 10_000}


def test_a_fund_that_was_sold_out_is_valued_as_it_was_last_seen() -> None:
    measured = measure(BEFORE, seen(199_000), 100_000)

    assert measured == Measured({"tech": -99_000}, 1_000, is_explained=True)


def test_a_slip_while_a_fund_is_re_weighted_is_explained_by_what_was_traded() -> None:
    before = seen(0, tech={"AAPL": (1_000_000, "100"), "IBM": (1_000_000, "100")})
    now = seen(-2_500, tech={"AAPL": (500_000, "50"), "IBM": (1_500_000, "150")})

    assert measure(before, now, 0) == Measured({"tech": 2_500}, 2_500, is_explained=True)
    assert not measure(before, replace(now, cash_cents=-20_001), 0).is_explained


def test_the_first_look_measures_all_that_is_there() -> None:
    assert measure(None, seen(0, tech={"AAPL": (50_000, "5")}), 50_000).flows == {"tech": 50_000}


def test_shares_that_came_unpriced_and_went_are_worth_what_cash_tells() -> None:
    quantities = {"tech": {**BEFORE.quantities["tech"], "SPUN": Decimal(4)}}
    before = replace(BEFORE, quantities=quantities)
    now = seen(131_000, tech={"AAPL": (20_000, "2"), "MSFT": (50_000, "10")})

    measured = measure(before, now, 100_000)

    assert measured.flows == {"tech": -31_000}
    assert measured.is_explained


def test_a_look_names_funds_by_collection_and_strange_ones_by_their_own_id() -> None:
    answer = status(5_000, held_fund("fund-1", AAPL=700, MSFT=300), held_fund("fund-9", AAPL=400))

    made = measuring.seen(answer, portfolio(tech="fund-1"), FixedClock(NOW))

    assert made.cents == {"tech": {"AAPL": 700, "MSFT": 300}, "fund-9": {"AAPL": 400}}
    assert made.quantities["fund-9"] == {"AAPL": Decimal(1)}
    assert (made.at, made.cash_cents, made.equity_cents) == (NOW, 5_000, 6_400)


def test_several_kinds_of_shares_that_are_one_symbol_are_summed() -> None:
    one = held_fund("fund-1", AAPL=700)

    made = measuring.seen(status(0, replace(one, symbols=one.symbols * 2)), portfolio(tech="fund-1"), FixedClock(NOW))

    assert (made.cents, made.quantities) == ({"tech": {"AAPL": 1_400}}, {"tech": {"AAPL": Decimal(2)}})
