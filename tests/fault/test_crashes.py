"""A process may die before and after every request: what it began is finished by the next run, once."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.support.crashes import Crashes, cut_in
from tests.support.quotes import quoted
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Change, ExitReason, Position, PositionStatus
from trading.automation.portfolios.service import CashMovement
from trading.automation.portfolios.sessions import SessionStatus
from trading.ledger.models import Kind, Trade
from trading.platform.receipts import RequestKey

pytestmark = pytest.mark.usefixtures("aws")

SYMBOLS = ("AAA", "BBB", "CCC")
Step = Callable[[], object]


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


def planned(harness: TradingDayHarness) -> PortfolioKey:
    harness.recommend(*SYMBOLS)
    return harness.portfolio().key


def day_until(harness: TradingDayHarness, key: PortfolioKey, last: str) -> None:
    """Run the day's steps before the named one."""
    steps = {
        "plan": lambda: harness.at(PLANNED).plan(key, DAY),
        "enter": lambda: harness.at(OPENED).enter(key, DAY),
        "exit": lambda: hit_target(harness, key),
        "close": lambda: harness.at(CLOSING).close(key, DAY),
    }
    for name, step in steps.items():
        if name == last:
            return
        step()


def hit_target(harness: TradingDayHarness, key: PortfolioKey) -> object:
    target = harness.position(key, "AAA").target_price
    assert target is not None
    return harness.at(NOON).exit_hits(key, DAY, [quoted("AAA", target, NOON)])


def run(harness: TradingDayHarness, key: PortfolioKey, name: str) -> object:
    if name == "exit":
        position = harness.position(key, "AAA")
        return hit_target(harness, key) if position.status is PositionStatus.OPEN else None
    service = harness.at({"plan": PLANNED, "enter": OPENED, "close": CLOSING}[name])
    return getattr(service, name)(key, DAY)


@pytest.mark.parametrize("name", ["plan", "enter", "exit", "close"])
def test_a_step_that_died_anywhere_is_finished_by_the_next_run(crashes: Crashes, name: str) -> None:
    harness = TradingDayHarness()
    rehearsal = planned(harness)
    day_until(harness, rehearsal, name)
    places = crashes.count(lambda: run(harness, rehearsal, name))
    assert places >= 4

    for place in range(1, places + 1):
        key = harness.portfolio().key
        day_until(harness, key, name)
        crashes.die_at(place, lambda key=key: run(harness, key, name))
        for step in ("plan", "enter", "exit", "close"):
            run(harness, key, step)
        state = harness.state(key)
        assert_sound(state)
        assert state.held == ()
        session = state.session(DAY)
        assert session is not None
        assert (session.status, session.flat) == (SessionStatus.CLOSED, True)
        assert (session.opened, session.closed) == (3, 3)
        assert session.pnl_cents == state.portfolio.cash_cents - 1_000_000


@pytest.mark.parametrize("name", ["plan", "enter", "exit", "close"])
def test_a_step_done_twice_has_one_effect(name: str) -> None:
    harness = TradingDayHarness()
    key = planned(harness)
    day_until(harness, key, name)
    run(harness, key, name)
    after_one = harness.state(key)

    run(harness, key, name)

    assert harness.state(key).positions == after_one.positions
    assert harness.state(key).portfolio.cash_cents == after_one.portfolio.cash_cents
    assert_sound(harness.state(key))


@pytest.mark.parametrize("name", ["enter", "exit", "close"])
def test_two_runs_at_once_have_one_effect(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    harness = TradingDayHarness()
    key = planned(harness)
    day_until(harness, key, name)
    cut_in(monkeypatch, lambda: run(harness, key, name))

    run(harness, key, name)

    assert_sound(harness.state(key))


@pytest.mark.parametrize("name", ["enter", "exit", "close"])
def test_a_deposit_in_the_middle_of_a_step_is_not_lost(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    harness = TradingDayHarness()
    key = planned(harness)
    day_until(harness, key, name)
    before = harness.state(key).portfolio.contributed_cents
    cut_in(monkeypatch, lambda: deposit(harness, key, 12_345))

    run(harness, key, name)

    state = harness.state(key)
    assert state.portfolio.contributed_cents == before + 12_345
    assert_sound(state)


def test_monitor_and_close_at_once_sell_once_at_one_price(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = TradingDayHarness()
    key = planned(harness)
    day_until(harness, key, "exit")
    cut_in(monkeypatch, lambda: hit_target(harness, key))

    harness.at(CLOSING).close(key, DAY)

    position = harness.position(key, "AAA")
    assert position.exit_reason is ExitReason.TARGET_HIT
    assert_sound(harness.state(key))


@pytest.mark.parametrize("name", ["plan", "enter", "exit", "close"])
def test_a_transaction_that_meets_another_one_is_sent_again_under_the_same_token(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    harness = TradingDayHarness()
    key = planned(harness)
    day_until(harness, key, name)
    real, tokens = BaseClient._make_api_call, []

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems":
            tokens.append(arguments["ClientRequestToken"])
            if len(tokens) == 1:
                reasons = [{"Code": "TransactionConflict"} for _ in arguments["TransactItems"]]
                error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
                raise ClientError(error, operation)
        return real(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)

    run(harness, key, name)

    assert tokens[0] == tokens[1]
    assert_sound(harness.state(key))


def deposit(harness: TradingDayHarness, key: PortfolioKey, cents: int) -> object:
    request = RequestKey.of("ada", "create_transaction", "a-key-of-sixteen", {})
    return harness.portfolios(OPENED).record(key, CashMovement(kind=Kind.DEPOSIT, cents=cents), request)


def test_the_ledger_check_of_these_tests_sees_a_double_fill() -> None:
    harness = TradingDayHarness()
    key = planned(harness)
    day_until(harness, key, "exit")
    state = harness.state(key)
    position = state.held[0]
    again = state.portfolio.bought(trade_of(position), OPENED, "again")

    harness.at(OPENED).store.commit(Change(again.portfolio, entries=(again.entry,)))

    with pytest.raises(AssertionError):
        assert_sound(harness.state(key))


def trade_of(position: Position) -> Trade:
    assert position.entry_price is not None
    return Trade(position.symbol, position.shares, position.entry_price, 100, 0, position.trade_date)
