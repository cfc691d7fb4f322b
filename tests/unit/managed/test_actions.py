"""Corporate actions: cash in gains, shares in what was seen, each once."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.managed.makers import NOW, TODAY, portfolio, seen
from trading.brokerage.portfolios import BrokerTransaction, TransactionKind
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import AlreadyHandled, ForeignEvent
from trading.ledger.models import LedgerAccount
from trading.managed.holdings.actions import ActionService
from trading.managed.models import MAX_ACTIONS, ManagedPortfolio
from trading.managed.observation.measurement import Measured, measure
from trading.managed.ports import ManagedChange, ManagedState
from trading.platform.clock import FixedClock

OBSERVATION = seen(
    0,
    one={"AAPL": (30_000, "3")},
    two={"AAPL": (10_000, "1"), "IBM": (5_000, "1")},
    strange={"IBM": (5_000, "1")},
)
DIVIDEND = BrokerTransaction("t-1", "acc-1", TransactionKind.DIVIDEND, "AAPL", 400, Decimal(0), None, "")
SPIN_OFF = replace(DIVIDEND, kind=TransactionKind.SPIN_OFF, cents=0, quantity=Decimal(8), new_symbol="SPUN")


@dataclass
class Memory:
    """One person's book, which knows which events it has seen."""

    portfolio: ManagedPortfolio | None = field(
        default_factory=lambda: replace(portfolio(one="f1", two="f2"), seen=OBSERVATION)
    )
    changes: list[ManagedChange] = field(default_factory=list)

    def load(self, owner: str) -> ManagedState:
        return ManagedState(TradingAccount.shell(owner, NOW) if owner == "ada" else None, self.portfolio)

    def commit(self, change: ManagedChange) -> ManagedState:
        if any(earlier.event_id == change.event_id for earlier in self.changes):
            raise AlreadyHandled
        self.changes.append(change)
        self.portfolio = change.portfolio
        return ManagedState(change.account, change.portfolio)


def booked(transaction: BrokerTransaction, store: Memory | None = None) -> tuple[ManagedPortfolio, Memory]:
    store = store or Memory()
    service = ActionService(store, FixedClock(NOW))  # type: ignore[arg-type]
    made = service.record("ada", transaction)
    assert made is not None
    return made, store


def test_a_dividend_lands_in_cash_and_in_the_gains_of_the_funds_that_hold_it() -> None:
    made, store = booked(DIVIDEND)

    account = store.changes[0].account
    assert account is not None
    assert (account.cash_cents, account.balance(LedgerAccount.DIVIDENDS)) == (400, -400)
    assert made.funds["one"].flow.last == (TODAY, -300)
    assert made.funds["two"].flow.last == (TODAY, -100)
    assert made.seen == OBSERVATION
    assert [action.cents for action in made.actions] == [400]


def test_a_dividends_tax_is_taken_from_the_same_funds() -> None:
    made, _ = booked(replace(DIVIDEND, cents=-41))

    assert (made.funds["one"].flow.cents, made.funds["two"].flow.cents) == (31, 10)


def test_a_transaction_is_booked_once() -> None:
    made, store = booked(DIVIDEND)
    again, _ = booked(DIVIDEND, store)

    assert len(store.changes) == 1
    assert again == made


@pytest.mark.parametrize("owner", [None, "nobody"])
def test_what_is_nobodys_is_foreign(owner: str | None) -> None:
    with pytest.raises(ForeignEvent):
        ActionService(Memory(), FixedClock(NOW)).record(owner, DIVIDEND)  # type: ignore[arg-type]


def test_a_spin_off_brings_shares_that_are_no_trade() -> None:
    made, _ = booked(SPIN_OFF)

    assert made.seen is not None
    assert made.seen.quantities["one"] == {"AAPL": Decimal(3), "SPUN": Decimal(6)}
    assert made.seen.quantities["two"]["SPUN"] == Decimal(2)
    spun = {"one": {"SPUN": (600, "6")}, "two": {"SPUN": (200, "2")}}
    held = {"one": {"AAPL": (30_000, "3")}, "two": {"AAPL": (10_000, "1"), "IBM": (5_000, "1")}}
    now = seen(0, **{key: {**held[key], **spun[key]} for key in held}, strange={"IBM": (5_000, "1")})
    assert measure(made.seen, now, 0).flows == {}


def test_what_was_spun_off_may_be_gone_at_the_next_look() -> None:
    made, _ = booked(SPIN_OFF)

    measured = measure(made.seen, replace(OBSERVATION, cash_cents=90), 0)

    assert (measured.flows, measured.gap_cents) == ({}, -90)


def test_a_merger_takes_the_old_shares_and_never_more_than_there_are() -> None:
    gone = replace(DIVIDEND, kind=TransactionKind.MERGER, cents=0, quantity=Decimal(-4))
    too_much = replace(gone, quantity=Decimal(-9))

    for transaction in (gone, too_much):
        made, _ = booked(transaction)
        assert made.seen is not None
        assert made.seen.quantities["one"] == {"AAPL": Decimal(0)}
        assert made.seen.quantities["two"] == {"AAPL": Decimal(0), "IBM": Decimal(1)}


def test_shares_that_a_merger_took_are_no_sale() -> None:
    made, _ = booked(replace(DIVIDEND, kind=TransactionKind.MERGER, cents=90, quantity=Decimal(-4)))

    without = seen(90, two={"IBM": (5_000, "1")}, strange={"IBM": (5_000, "1")})

    assert measure(made.seen, without, 90) == Measured({}, 0, is_explained=True)


@pytest.mark.parametrize("changes", [{"symbol": "GONE"}, {"cents": 0}])
def test_what_no_fund_holds_or_pays_changes_no_gains(changes: dict[str, Any]) -> None:
    made, store = booked(replace(DIVIDEND, **changes))

    assert all(fund.flow.last is None for fund in made.funds.values())
    assert len(store.changes) == 1


def test_before_anything_was_seen_only_cash_is_booked() -> None:
    made, store = booked(DIVIDEND, Memory(portfolio=None))

    assert store.changes[0].account is not None
    assert store.changes[0].account.cash_cents == 400
    assert made.seen is None


def test_the_last_actions_are_kept() -> None:
    store = Memory()
    for number in range(MAX_ACTIONS + 2):
        made, _ = booked(replace(DIVIDEND, transaction_id=f"t-{number}"), store)

    assert [made.actions[0].action_id, len(made.actions)] == ["t-2", MAX_ACTIONS]


def test_a_split_brings_shares_that_are_no_trade_at_once() -> None:
    split = replace(DIVIDEND, kind=TransactionKind.SPLIT, cents=0, quantity=Decimal(36))

    made, _ = booked(split)

    assert made.seen is not None
    assert made.seen.quantities["one"] == {"AAPL": Decimal(30)}
    now = seen(0, one={"AAPL": (30_000, "30")}, two={"AAPL": (10_000, "10"), "IBM": (5_000, "1")})
    now = replace(now, quantities={**now.quantities, "strange": {"IBM": Decimal(1)}})
    now = replace(now, cents={**now.cents, "strange": {"IBM": 5_000}})
    assert measure(made.seen, now, 0) == Measured({}, 0, is_explained=True)
    assert made.actions[-1].kind == "split"


def test_a_merger_that_takes_before_it_brings_is_shared_by_what_was_taken() -> None:
    store = Memory()
    booked(replace(DIVIDEND, kind=TransactionKind.MERGER, cents=0, quantity=Decimal(-4)), store)
    brings = replace(DIVIDEND, transaction_id="t-2", kind=TransactionKind.MERGER, cents=0, new_symbol="NEW")

    made, _ = booked(replace(brings, quantity=Decimal(8)), store)

    assert made.seen is not None
    assert [made.seen.quantities[key]["NEW"] for key in ("one", "two")] == [Decimal(6), Decimal(2)]


def test_an_exchange_of_shares_takes_all_of_the_old_ones() -> None:
    transaction = replace(DIVIDEND, kind=TransactionKind.MERGER, cents=0, new_symbol="NEW", takes_old=True)

    made, _ = booked(replace(transaction, quantity=Decimal(8)))

    assert made.seen is not None
    assert made.seen.quantities["one"] == {"AAPL": Decimal(0), "NEW": Decimal(6)}
