"""Applying a corporate action may die at every request, be done twice, or by two at once: it is applied once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.corporate_actions import EX_DATE, MORNING, OPEN, ActionBench, assert_equal
from tests.support.crashes import Crashes, cut_in
from tests.support.trading_day import OPENED, PLANNED
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.service import CashMovement
from trading.ledger.models import Kind
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.platform.receipts import RequestKey

pytestmark = pytest.mark.usefixtures("aws")
Announce = Callable[[ActionBench], CorporateAction]

ACTIONS: dict[str, Announce] = {
    "split": lambda bench: bench.split(2, 3),
    "dividend": lambda bench: bench.dividend("0.2575"),
    "symbol change": lambda bench: bench.put(ActionKind.SYMBOL_CHANGE, Terms(new_symbol="XYZ")),
    "merger": lambda bench: bench.put(ActionKind.MERGER, Terms(Decimal(2), Decimal(1), Decimal(25), "XYZ")),
    "delisting": lambda bench: bench.put(ActionKind.DELISTING, Terms()),
}


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


@pytest.fixture
def bench() -> ActionBench:
    made = ActionBench()
    made.announced.openings = {"AAPL": Decimal("99.80"), "XYZ": Decimal("150.00")}
    return made


def held(bench: ActionBench) -> PortfolioKey:
    """Return a portfolio with manually bought shares beside a position that a close could not sell."""
    bench.trading.recommend("AAPL")
    key = bench.trading.portfolio().key
    bench.trading.at(PLANNED).plan(key, EX_DATE)
    bench.trading.at(OPENED).enter(key, EX_DATE)
    bench.trade(key, Kind.BUY, "7", "149.97", at=PLANNED - timedelta(days=4))
    return key


def essence(portfolio: Portfolio) -> object:
    holdings = sorted((h.symbol, h.quantity, h.cost_cents, h.in_positions) for h in portfolio.holdings.values())
    return portfolio.cash_cents, portfolio.realised_cents, portfolio.journal_seq, holdings, dict(portfolio.claims)


@pytest.mark.parametrize("name", list(ACTIONS))
def test_an_action_that_died_anywhere_is_finished_by_the_next_run(
    bench: ActionBench, crashes: Crashes, name: str
) -> None:
    ACTIONS[name](bench)
    key = bench.holding("7", "149.97")
    places = crashes.count(lambda: bench.service().apply(key, bench.announced.actions[0]))
    right = essence(bench.portfolio(key))
    assert places >= 8

    for place in range(1, places + 1):
        other = bench.holding("7", "149.97")
        crashes.die_at(place, lambda other=other: bench.service().apply(other, bench.announced.actions[0]))
        for _ in range(2):
            bench.service(OPEN).apply(other, bench.announced.actions[0])
        assert essence(bench.portfolio(other)) == right
        assert_equal(other)


def test_a_repair_that_dies_too_is_finished(bench: ActionBench, crashes: Crashes) -> None:
    action = bench.split(2, 3)
    key = bench.holding("7", "149.97")
    places = crashes.count(lambda: bench.service().apply(key, action))
    right = essence(bench.portfolio(key))

    for first in range(1, places + 1):
        for second in range(1, places + 1, 3):
            other = bench.holding("7", "149.97")
            crashes.die_at(first, lambda other=other: bench.service().apply(other, action))
            if bench.applied(other, action) is None:
                crashes.die_at(second, lambda other=other: bench.service().apply(other, action))
            bench.service().apply(other, action)
            assert essence(bench.portfolio(other)) == right
            assert_equal(other)


def test_a_payment_that_died_anywhere_is_made_once(crashes: Crashes) -> None:
    bench = ActionBench()
    split = bench.split(2, 3)
    dividend = bench.dividend("0.2575", EX_DATE)
    first = bench.holding("7", "149.97")

    def owed(key: PortfolioKey) -> None:
        bench.announced.openings.clear()
        bench.service().apply(key, split)
        bench.service().apply(key, dividend)
        bench.announced.openings["AAPL"] = Decimal("99.80")

    owed(first)
    places = crashes.count(lambda: bench.service(OPEN).settle(first))
    right = essence(bench.portfolio(first))

    for place in range(1, places + 1):
        key = bench.holding("7", "149.97")
        owed(key)
        crashes.die_at(place, lambda key=key: bench.service(OPEN).settle(key))
        bench.service(OPEN).settle(key)
        bench.service(OPEN).settle(key)
        assert essence(bench.portfolio(key)) == right
        assert_equal(key)


@pytest.mark.parametrize("name", list(ACTIONS))
def test_two_workers_at_once_apply_an_action_once(
    bench: ActionBench, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    action = ACTIONS[name](bench)
    alone, key = bench.holding("7", "149.97"), bench.holding("7", "149.97")
    bench.service().apply(alone, action)
    cut_in(monkeypatch, lambda: bench.service().apply(key, action))

    bench.service().apply(key, action)

    assert essence(bench.portfolio(key)) == essence(bench.portfolio(alone))
    assert_equal(key)


def test_a_deposit_in_the_middle_of_an_action_is_not_lost(bench: ActionBench, monkeypatch: pytest.MonkeyPatch) -> None:
    action = bench.split(2, 3)
    key = bench.holding("7", "149.97")
    request = RequestKey.of("ada", "create_transaction", "deposit-1", {})
    movement = CashMovement(kind=Kind.DEPOSIT, cents=12_345)
    cut_in(monkeypatch, lambda: bench.trading.portfolios(MORNING).record(key, movement, request))

    bench.service().apply(key, action)

    assert bench.portfolio(key).contributed_cents == 1_012_345
    assert bench.portfolio(key).holdings["AAPL"].quantity == 10
    assert_equal(key)


@pytest.mark.parametrize("name", ["split", "symbol change", "delisting"])
def test_an_action_and_a_close_at_once_leave_the_ledger_equal(
    bench: ActionBench, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    day = EX_DATE + timedelta(days=1)
    key = held(bench)
    kinds = {"split": (ActionKind.SPLIT, Terms(Decimal(2), Decimal(3)))}
    kinds["symbol change"] = (ActionKind.SYMBOL_CHANGE, Terms(new_symbol="XYZ"))
    kinds["delisting"] = (ActionKind.DELISTING, Terms())
    action = bench.put(*kinds[name], ex_date=day)
    opened = OPENED + timedelta(days=1)
    cut_in(monkeypatch, lambda: bench.trading.at(opened).close(key, day))

    bench.service(opened).apply(key, action)

    assert_equal(key)


def test_the_job_that_died_anywhere_is_finished_by_the_next_one(bench: ActionBench, crashes: Crashes) -> None:
    bench.split(2, 3)
    key = bench.holding("7", "149.97")
    crashes.die_at(2, lambda: bench.job().apply(MORNING))
    crashes.count(lambda: bench.job().apply(MORNING))
    places = crashes.count(lambda: bench.job().apply(MORNING))

    for place in range(1, places + 1):
        crashes.die_at(place, lambda: bench.job().apply(MORNING))
    bench.run()
    bench.run()

    assert bench.portfolio(key).holdings["AAPL"].quantity == 10
    assert_equal(key)
