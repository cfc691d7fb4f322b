"""A process may die before and after every request: what it began is finished by the next run, once."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.support.crashes import Crashes, cut_in
from tests.support.quotes import quoted
from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, TradingDayBench, assert_sound
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


def planned(bench: TradingDayBench) -> PortfolioKey:
    bench.recommend(*SYMBOLS)
    return bench.portfolio().key


def day_until(bench: TradingDayBench, key: PortfolioKey, last: str) -> None:
    """Run the day's steps before the named one."""
    steps = {
        "plan": lambda: bench.at(PLANNED).plan(key, DAY),
        "enter": lambda: bench.at(OPENED).enter(key, DAY),
        "exit": lambda: hit_target(bench, key),
        "close": lambda: bench.at(CLOSING).close(key, DAY),
    }
    for name, step in steps.items():
        if name == last:
            return
        step()


def hit_target(bench: TradingDayBench, key: PortfolioKey) -> object:
    target = bench.position(key, "AAA").target_price
    assert target is not None
    return bench.at(NOON).exit_hits(key, DAY, [quoted("AAA", target, NOON)])


def run(bench: TradingDayBench, key: PortfolioKey, name: str) -> object:
    if name == "exit":
        position = bench.position(key, "AAA")
        return hit_target(bench, key) if position.status is PositionStatus.OPEN else None
    service = bench.at({"plan": PLANNED, "enter": OPENED, "close": CLOSING}[name])
    return getattr(service, name)(key, DAY)


@pytest.mark.parametrize("name", ["plan", "enter", "exit", "close"])
def test_a_step_that_died_anywhere_is_finished_by_the_next_run(crashes: Crashes, name: str) -> None:
    bench = TradingDayBench()
    rehearsal = planned(bench)
    day_until(bench, rehearsal, name)
    places = crashes.count(lambda: run(bench, rehearsal, name))
    assert places >= 4

    for place in range(1, places + 1):
        key = bench.portfolio().key
        day_until(bench, key, name)
        crashes.die_at(place, lambda key=key: run(bench, key, name))
        for step in ("plan", "enter", "exit", "close"):
            run(bench, key, step)
        state = bench.state(key)
        assert_sound(state)
        assert state.held == ()
        session = state.session(DAY)
        assert session is not None
        assert (session.status, session.flat) == (SessionStatus.CLOSED, True)
        assert (session.opened, session.closed) == (3, 3)
        assert session.pnl_cents == state.portfolio.cash_cents - 1_000_000


@pytest.mark.parametrize("name", ["plan", "enter", "exit", "close"])
def test_a_step_done_twice_has_one_effect(name: str) -> None:
    bench = TradingDayBench()
    key = planned(bench)
    day_until(bench, key, name)
    run(bench, key, name)
    after_one = bench.state(key)

    run(bench, key, name)

    assert bench.state(key).positions == after_one.positions
    assert bench.state(key).portfolio.cash_cents == after_one.portfolio.cash_cents
    assert_sound(bench.state(key))


@pytest.mark.parametrize("name", ["enter", "exit", "close"])
def test_two_runs_at_once_have_one_effect(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    bench = TradingDayBench()
    key = planned(bench)
    day_until(bench, key, name)
    cut_in(monkeypatch, lambda: run(bench, key, name))

    run(bench, key, name)

    assert_sound(bench.state(key))


@pytest.mark.parametrize("name", ["enter", "exit", "close"])
def test_a_deposit_in_the_middle_of_a_step_is_not_lost(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    bench = TradingDayBench()
    key = planned(bench)
    day_until(bench, key, name)
    before = bench.state(key).portfolio.contributed_cents
    cut_in(monkeypatch, lambda: deposit(bench, key, 12_345))

    run(bench, key, name)

    state = bench.state(key)
    assert state.portfolio.contributed_cents == before + 12_345
    assert_sound(state)


def test_monitor_and_close_at_once_sell_once_at_one_price(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = TradingDayBench()
    key = planned(bench)
    day_until(bench, key, "exit")
    cut_in(monkeypatch, lambda: hit_target(bench, key))

    bench.at(CLOSING).close(key, DAY)

    position = bench.position(key, "AAA")
    assert position.exit_reason is ExitReason.TARGET_HIT
    assert_sound(bench.state(key))


@pytest.mark.parametrize("name", ["plan", "enter", "exit", "close"])
def test_a_transaction_that_meets_another_one_is_sent_again_under_the_same_token(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bench = TradingDayBench()
    key = planned(bench)
    day_until(bench, key, name)
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

    run(bench, key, name)

    assert tokens[0] == tokens[1]
    assert_sound(bench.state(key))


def deposit(bench: TradingDayBench, key: PortfolioKey, cents: int) -> object:
    request = RequestKey.of("ada", "create_transaction", "a-key-of-sixteen", {})
    return bench.portfolios(OPENED).record(key, CashMovement(kind=Kind.DEPOSIT, cents=cents), request)


def test_the_ledger_check_of_these_tests_sees_a_double_fill() -> None:
    bench = TradingDayBench()
    key = planned(bench)
    day_until(bench, key, "exit")
    state = bench.state(key)
    position = state.held[0]
    again = state.portfolio.bought(trade_of(position), OPENED, "again")

    bench.at(OPENED).store.commit(Change(again.portfolio, entries=(again.entry,)))

    with pytest.raises(AssertionError):
        assert_sound(bench.state(key))


def trade_of(position: Position) -> Trade:
    assert position.entry_price is not None
    return Trade(position.symbol, position.shares, position.entry_price, 100, 0, position.trade_date)
