"""Applying a corporate action may die at every request, be done twice, or by two at once: it is applied once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.corporate_actions import EX_DATE, MORNING, OPEN, ActionHarness, assert_equal
from tests.support.crashes import Crashes, cut_in
from tests.support.trading_day import OPENED, PLANNED
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.service import CashMovement
from trading.ledger.models import Kind
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.platform.receipts import RequestKey

pytestmark = pytest.mark.usefixtures("aws")
Announce = Callable[[ActionHarness], CorporateAction]

ACTIONS: dict[str, Announce] = {
    "split": lambda harness: harness.split(2, 3),
    "dividend": lambda harness: harness.dividend("0.2575"),
    "symbol change": lambda harness: harness.put(ActionKind.SYMBOL_CHANGE, Terms(new_symbol="XYZ")),
    "merger": lambda harness: harness.put(ActionKind.MERGER, Terms(Decimal(2), Decimal(1), Decimal(25), "XYZ")),
    "delisting": lambda harness: harness.put(ActionKind.DELISTING, Terms()),
}


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


@pytest.fixture
def harness() -> ActionHarness:
    made = ActionHarness()
    made.announced.openings = {"AAPL": Decimal("99.80"), "XYZ": Decimal("150.00")}
    return made


def held(harness: ActionHarness) -> PortfolioKey:
    """Return a portfolio with manually bought shares beside a position that a close could not sell."""
    harness.trading.recommend("AAPL")
    key = harness.trading.portfolio().key
    harness.trading.at(PLANNED).plan(key, EX_DATE)
    harness.trading.at(OPENED).enter(key, EX_DATE)
    harness.trade(key, Kind.BUY, "7", "149.97", at=PLANNED - timedelta(days=4))
    return key


def essence(portfolio: Portfolio) -> object:
    holdings = sorted((h.symbol, h.quantity, h.cost_cents, h.in_positions) for h in portfolio.holdings.values())
    return portfolio.cash_cents, portfolio.realised_cents, portfolio.journal_seq, holdings, dict(portfolio.claims)


@pytest.mark.parametrize("name", list(ACTIONS))
def test_an_action_that_died_anywhere_is_finished_by_the_next_run(
    harness: ActionHarness, crashes: Crashes, name: str
) -> None:
    ACTIONS[name](harness)
    key = harness.holding("7", "149.97")
    places = crashes.count(lambda: harness.service().apply(key, harness.announced.actions[0]))
    right = essence(harness.portfolio(key))
    assert places >= 8

    for place in range(1, places + 1):
        other = harness.holding("7", "149.97")
        crashes.die_at(place, lambda other=other: harness.service().apply(other, harness.announced.actions[0]))
        for _ in range(2):
            harness.service(OPEN).apply(other, harness.announced.actions[0])
        assert essence(harness.portfolio(other)) == right
        assert_equal(other)


def test_a_repair_that_dies_too_is_finished(harness: ActionHarness, crashes: Crashes) -> None:
    action = harness.split(2, 3)
    key = harness.holding("7", "149.97")
    places = crashes.count(lambda: harness.service().apply(key, action))
    right = essence(harness.portfolio(key))

    for first in range(1, places + 1):
        for second in range(1, places + 1, 3):
            other = harness.holding("7", "149.97")
            crashes.die_at(first, lambda other=other: harness.service().apply(other, action))
            if harness.applied(other, action) is None:
                crashes.die_at(second, lambda other=other: harness.service().apply(other, action))
            harness.service().apply(other, action)
            assert essence(harness.portfolio(other)) == right
            assert_equal(other)


def test_a_payment_that_died_anywhere_is_made_once(crashes: Crashes) -> None:
    harness = ActionHarness()
    split = harness.split(2, 3)
    dividend = harness.dividend("0.2575", EX_DATE)
    first = harness.holding("7", "149.97")

    def owed(key: PortfolioKey) -> None:
        harness.announced.openings.clear()
        harness.service().apply(key, split)
        harness.service().apply(key, dividend)
        harness.announced.openings["AAPL"] = Decimal("99.80")

    owed(first)
    places = crashes.count(lambda: harness.service(OPEN).settle(first))
    right = essence(harness.portfolio(first))

    for place in range(1, places + 1):
        key = harness.holding("7", "149.97")
        owed(key)
        crashes.die_at(place, lambda key=key: harness.service(OPEN).settle(key))
        harness.service(OPEN).settle(key)
        harness.service(OPEN).settle(key)
        assert essence(harness.portfolio(key)) == right
        assert_equal(key)


@pytest.mark.parametrize("name", list(ACTIONS))
def test_two_workers_at_once_apply_an_action_once(
    harness: ActionHarness, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    action = ACTIONS[name](harness)
    alone, key = harness.holding("7", "149.97"), harness.holding("7", "149.97")
    harness.service().apply(alone, action)
    cut_in(monkeypatch, lambda: harness.service().apply(key, action))

    harness.service().apply(key, action)

    assert essence(harness.portfolio(key)) == essence(harness.portfolio(alone))
    assert_equal(key)


def test_a_deposit_in_the_middle_of_an_action_is_not_lost(
    harness: ActionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = harness.split(2, 3)
    key = harness.holding("7", "149.97")
    request = RequestKey.of("ada", "create_transaction", "deposit-1", {})
    movement = CashMovement(kind=Kind.DEPOSIT, cents=12_345)
    cut_in(monkeypatch, lambda: harness.trading.portfolios(MORNING).record(key, movement, request))

    harness.service().apply(key, action)

    assert harness.portfolio(key).contributed_cents == 1_012_345
    assert harness.portfolio(key).holdings["AAPL"].quantity == 10
    assert_equal(key)


@pytest.mark.parametrize("name", ["split", "symbol change", "delisting"])
def test_an_action_and_a_close_at_once_leave_the_ledger_equal(
    harness: ActionHarness, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    day = EX_DATE + timedelta(days=1)
    key = held(harness)
    kinds = {"split": (ActionKind.SPLIT, Terms(Decimal(2), Decimal(3)))}
    kinds["symbol change"] = (ActionKind.SYMBOL_CHANGE, Terms(new_symbol="XYZ"))
    kinds["delisting"] = (ActionKind.DELISTING, Terms())
    action = harness.put(*kinds[name], ex_date=day)
    opened = OPENED + timedelta(days=1)
    cut_in(monkeypatch, lambda: harness.trading.at(opened).close(key, day))

    harness.service(opened).apply(key, action)

    assert_equal(key)


def test_the_job_that_died_anywhere_is_finished_by_the_next_one(harness: ActionHarness, crashes: Crashes) -> None:
    harness.split(2, 3)
    key = harness.holding("7", "149.97")
    crashes.die_at(2, lambda: harness.job().apply(MORNING))
    crashes.count(lambda: harness.job().apply(MORNING))
    places = crashes.count(lambda: harness.job().apply(MORNING))

    for place in range(1, places + 1):
        crashes.die_at(place, lambda: harness.job().apply(MORNING))
    harness.run()
    harness.run()

    assert harness.portfolio(key).holdings["AAPL"].quantity == 10
    assert_equal(key)
