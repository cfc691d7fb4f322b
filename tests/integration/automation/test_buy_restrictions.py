"""Entries of people who may not buy, and of everybody while all trading is halted."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from tests.support.trading_day import CLOSING, DAY, NOON, OPENED, PLANNED, FakeMarket, TradingDayHarness, assert_sound
from trading.automation.day_trading.cancellations import CancellationService
from trading.automation.portfolios.models import DayTradingSettings, DueMarks, PortfolioKey
from trading.automation.portfolios.positions import PositionStatus
from trading.automation.portfolios.service import PortfolioEdit
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.brokerage.halt_rows import TRADING_HALT_LABEL, check_may_enter, load_trading_halt, write_trading_halt
from trading.funding.accounts.models import Pause, TradingAccount
from trading.funding.accounts.ports import AccountChange
from trading.funding.accounts.store import DynamoAccountStore
from trading.markets.models import Exchange, Quote
from trading.operators.halts import TradingHaltService
from trading.platform.audit import Audit
from trading.platform.clock import FixedClock
from trading.platform.tables import ConditionFailed, Transaction

pytestmark = pytest.mark.usefixtures("aws")

EARLY = datetime(2013, 2, 19, 14, 20, tzinfo=UTC)
RESTRICTIONS = {"paused": Skip.TRADING_PAUSED, "held": Skip.BILLING_HOLD}


def stand(how: str, owner: str = "ada") -> None:
    """Pause a person, hold them for an invoice, or let them go on."""
    store = DynamoAccountStore()
    account = store.find(owner) or TradingAccount.shell(owner, PLANNED)
    pauses = frozenset({Pause.OPERATOR}) if how == "paused" else frozenset[Pause]()
    store.commit(AccountChange(replace(account, pauses=pauses, billing_hold=how == "held"), PLANNED))


def halt_everybody(*, stopped: bool = True) -> None:
    audit = Audit("an-operator", "a fault at the exchange")
    TradingHaltService(load_trading_halt, write_trading_halt, FixedClock(PLANNED)).set(stopped=stopped, audit=audit)


def planned(harness: TradingDayHarness, *symbols: str) -> PortfolioKey:
    harness.recommend(*symbols, price="50")
    key = harness.portfolio(DayTradingSettings(max_recommendations=100)).key
    harness.at(PLANNED).plan(key, DAY)
    return key


def assert_nothing_bought(harness: TradingDayHarness, key: PortfolioKey, reason: Skip) -> None:
    state = harness.state(key)
    assert {(position.status, position.skip) for position in state.positions} == {(PositionStatus.CANCELLED, reason)}
    assert state.portfolio.cash_cents == 1_000_000
    assert_sound(state)


class MeddlingMarket(FakeMarket):
    """A market in which something happens while quotes are asked for: after all reading, before the writing."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act

    def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
        """Act, then quote."""
        self.act()
        return super().quotes(exchange, symbols)


@pytest.mark.parametrize("how", RESTRICTIONS)
def test_who_is_stopped_enters_nothing(how: str) -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    stand(how)

    harness.at(OPENED).enter(key, DAY)

    assert_nothing_bought(harness, key, RESTRICTIONS[how])


@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.parametrize("how", RESTRICTIONS)
def test_a_stop_between_reading_and_buying_is_seen(how: str, count: int) -> None:
    harness = TradingDayHarness(MeddlingMarket(lambda: stand(how)))
    key = planned(harness, *(f"P{number:02}" for number in range(count)))

    harness.at(OPENED).enter(key, DAY)

    assert_nothing_bought(harness, key, RESTRICTIONS[how])


def test_a_stop_that_is_lifted_before_anybody_asks_for_its_reason_costs_nothing() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    stand("paused")

    @dataclass
    class Lifted:
        def of_everybody(self) -> Skip | None:
            return None

        def of(self, owner: str) -> Skip | None:
            stand("free", owner)
            return None

    replace(harness.at(OPENED), restrictions=Lifted()).enter(key, DAY)

    assert [position.status for position in harness.state(key).positions] == [PositionStatus.OPEN]
    assert_sound(harness.state(key))


def test_who_has_no_account_or_goes_on_is_stopped_by_nothing() -> None:
    harness = TradingDayHarness()
    first = planned(harness, "AAA")
    harness.at(OPENED).enter(first, DAY)
    second = harness.portfolio(DayTradingSettings(max_recommendations=100)).key
    harness.at(PLANNED).plan(second, DAY)
    stand("paused")
    stand("free")

    harness.at(OPENED).enter(second, DAY)

    for key in (first, second):
        assert [position.status for position in harness.state(key).positions] == [PositionStatus.OPEN]


@pytest.mark.parametrize("how", RESTRICTIONS)
def test_what_is_held_is_sold_while_its_owner_is_stopped(how: str) -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    harness.at(OPENED).enter(key, DAY)
    stand(how)
    halt_everybody()

    harness.at(CLOSING).close(key, DAY)

    state = harness.state(key)
    session = state.session(DAY)
    assert session is not None
    assert (session.status, session.flat, state.held) == (SessionStatus.CLOSED, True, ())
    assert_sound(state)


def test_while_all_trading_is_stopped_nobody_enters() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    halt_everybody()

    harness.at(OPENED).enter(key, DAY)

    assert_nothing_bought(harness, key, Skip.TRADING_STOPPED)


def test_trading_that_was_stopped_goes_on() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    halt_everybody()
    halt_everybody(stopped=False)

    harness.at(OPENED).enter(key, DAY)

    assert [position.status for position in harness.state(key).positions] == [PositionStatus.OPEN]


@pytest.mark.parametrize("count", [1, 60])
def test_a_stop_of_all_trading_between_reading_and_buying_is_seen(count: int) -> None:
    harness = TradingDayHarness(MeddlingMarket(halt_everybody))
    key = planned(harness, *(f"P{number:02}" for number in range(count)))

    harness.at(OPENED).enter(key, DAY)

    assert_nothing_bought(harness, key, Skip.TRADING_STOPPED)


def test_each_copy_of_the_stop_is_written_so_that_every_portfolio_sees_it() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA")
    keys = [harness.portfolio().key for _ in range(40)]
    halt_everybody()

    for key in keys:
        transaction = Transaction()
        check_may_enter(transaction, "ada", key.text)
        with pytest.raises(ConditionFailed) as refused:
            transaction.commit()
        assert refused.value.labels == {TRADING_HALT_LABEL}


def cancellations(harness: TradingDayHarness, at: datetime) -> CancellationService:
    return CancellationService(DynamoPortfolioStore().automated, harness.at(at).cancel_entries, FixedClock(at))


@pytest.mark.parametrize("how", RESTRICTIONS)
def test_what_is_pending_is_abandoned_at_once_in_all_portfolios_and_only_once(how: str) -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA", "BBB", price="50")
    keys = [harness.portfolio(DayTradingSettings(max_recommendations=100)).key for _ in range(3)]
    for key in keys:
        harness.at(PLANNED).plan(key, DAY)
    harness.portfolios().edit(keys[2], PortfolioEdit(is_automated=False))
    stand(how)

    abandoned = [cancellations(harness, EARLY).cancel("ada") for _ in range(2)]

    assert abandoned == [2, 0]
    for key in keys[:2]:
        assert_nothing_bought(harness, key, RESTRICTIONS[how])
        harness.at(OPENED).enter(key, DAY)
        harness.at(CLOSING).close(key, DAY)
        session = harness.state(key).session(DAY)
        assert session is not None
        assert (session.status, session.flat, session.opened) == (SessionStatus.CLOSED, True, 0)
        assert harness.state(key).portfolio.due == DueMarks()


def test_what_was_entered_before_the_stop_stays_until_the_close() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA", "BBB")
    del harness.market.prices["BBB"]
    harness.at(OPENED).enter(key, DAY)
    stand("paused")

    cancellations(harness, NOON).cancel("ada")

    found = {position.symbol: (position.status, position.skip) for position in harness.state(key).positions}
    assert found == {"AAA": (PositionStatus.OPEN, None), "BBB": (PositionStatus.CANCELLED, Skip.TRADING_PAUSED)}
    harness.at(CLOSING).close(key, DAY)
    assert harness.state(key).held == ()
    assert_sound(harness.state(key))


def test_an_event_that_comes_late_cancels_nothing_of_who_goes_on() -> None:
    harness = TradingDayHarness()
    key = planned(harness, "AAA")
    stand("paused")
    stand("free")

    assert cancellations(harness, EARLY).cancel("ada") == 0

    assert [position.status for position in harness.state(key).positions] == [PositionStatus.PENDING]


def test_a_portfolio_that_cannot_be_stopped_holds_up_no_other() -> None:
    harness = TradingDayHarness()
    keys = [planned(harness, "AAA", "BBB") for _ in range(3)]
    stand("paused")
    service, broken = cancellations(harness, EARLY), next(DynamoPortfolioStore().automated("ada"))

    def cancel(key: PortfolioKey, day: date) -> object:
        if key == broken:
            raise ValueError("a record that cannot be read")
        return service.cancel_entries(key, day)

    with pytest.raises(ValueError, match="cannot be read"):
        replace(service, cancel_entries=cancel).cancel("ada")

    for key in keys:
        if key != broken:
            assert_nothing_bought(harness, key, Skip.TRADING_PAUSED)
