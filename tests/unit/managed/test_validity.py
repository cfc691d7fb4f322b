"""Statuses that add up, and every fault that was seen."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.managed.makers import held_fund, status
from trading.brokerage.portfolios import PortfolioStatus
from trading.managed.observation.validity import problems

FUND = held_fund("fund-1", AAPL=40_000, MSFT=60_000)
OTHER = held_fund("fund-2", AAPL=50_000)
GOOD = status(100_000, FUND, OTHER)
FIRST = GOOD.funds[0]


def with_fund(**changes: object) -> PortfolioStatus:
    return replace(GOOD, funds=(replace(FIRST, **changes), *GOOD.funds[1:]))  # type: ignore[arg-type]


def with_symbol(**changes: object) -> PortfolioStatus:
    return with_fund(symbols=(replace(FIRST.symbols[0], **changes), *FIRST.symbols[1:]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "status",
    [
        GOOD,
        status(100_000),
        status(0, cash_target=Decimal(0)),
        status(0, FUND, cash_target=Decimal(0)),
        status(0, held_fund("fund-1")),
        status(-500, FUND),
        status(-500),
        status(-100_000, FUND),
        replace(GOOD, equity_cents=GOOD.equity_cents + 250),
        status(99_999_00, FUND, equity_cents=100_999_00 - 100_00),
        with_fund(cents=FIRST.cents + 100),
        replace(GOOD, cash_actual=GOOD.cash_actual + Decimal("0.01")),
        with_symbol(actual=FIRST.symbols[0].actual - Decimal("0.01")),
        replace(GOOD, cash_target=Decimal(1)),
    ],
)
def test_what_adds_up_is_believed(status: PortfolioStatus) -> None:
    assert problems(status) == ()


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (replace(GOOD, cash_target=Decimal("1.0001")), "weights are no shares"),
        (replace(GOOD, cash_target=Decimal("-0.1")), "weights are no shares"),
        (replace(GOOD, cash_actual=Decimal("-0.001")), "weights are no shares"),
        (with_fund(target=Decimal("1.2")), "weights are no shares"),
        (with_fund(actual=Decimal("-0.1")), "weights are no shares"),
        (with_fund(actual=Decimal("1.1")), "weights are no shares"),
        (with_fund(cents=-1), "a value is below zero"),
        (with_symbol(cents=-1), "a value is below zero"),
        (with_symbol(quantity=Decimal("-0.5")), "a value is below zero"),
        (with_fund(cents=FIRST.cents + 101), "a fund's values do not sum to its own"),
        (with_fund(symbols=()), "a fund's values do not sum to its own"),
        (with_symbol(target=Decimal("1.5")), "a symbol's target is no share"),
        (with_symbol(target=Decimal("-0.5")), "a symbol's target is no share"),
        (with_symbol(actual=FIRST.symbols[0].actual - Decimal("0.0101")), "a fund's weights do not sum to 1"),
        (with_symbol(actual=Decimal("1.4")), "a fund's weights do not sum to 1"),
        (replace(GOOD, cash_actual=GOOD.cash_actual + Decimal("0.0101")), "weights do not sum to 1"),
        (replace(GOOD, funds=()), "weights do not sum to 1"),
        (replace(GOOD, equity_cents=GOOD.equity_cents + 251), "values do not sum to the equity"),
        (replace(GOOD, equity_cents=GOOD.equity_cents * 1025 // 1000), "values do not sum to the equity"),
        (replace(GOOD, cash_cents=0), "values do not sum to the equity"),
    ],
)
def test_what_does_not_add_up_is_named(status: PortfolioStatus, problem: str) -> None:
    assert problem in problems(status)


def test_with_cash_below_zero_a_fund_may_be_more_than_all_but_never_less_than_nothing() -> None:
    debt = status(-50_000, FUND, OTHER)
    first, second = debt.funds
    tilted = (
        replace(first, actual=first.actual + second.actual + Decimal("0.1")),
        replace(second, actual=Decimal("-0.1")),
    )

    assert debt.cash_actual < 0
    assert first.actual == 1
    assert problems(status(-60_000, FUND)) == ()
    assert problems(replace(debt, funds=tilted)) == ("weights are no shares",)
