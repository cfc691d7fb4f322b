"""No transaction grows beyond the hundred items that DynamoDB takes: the largest case of each is written.

Each place of the code that builds a transaction is named here: with its largest case, or with what bounds it.
A transaction of more items raises before it is sent.
"""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from botocore.client import BaseClient
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.catalogue import ROOT
from tests.support.banks import CHECKING, BanksHarness
from tests.support.events import sample
from tests.support.funding import FundingHarness
from tests.unit.managed.makers import HALVES, version
from trading.automation.day_trading.entries import Step
from trading.automation.day_trading.progress import change_of, in_chunks
from trading.automation.portfolios.models import DayTradingSettings, Portfolio, PortfolioKey
from trading.automation.portfolios.positions import (
    Change,
    Decision,
    ExitReason,
    Order,
    PortfolioState,
    Position,
    PositionStatus,
)
from trading.automation.portfolios.rows import put_change
from trading.automation.portfolios.service import CANCELLED_AT_ONCE
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.sessions import Session, SessionStatus
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.automation.rails.models import Block, RailName
from trading.banking.service import MAX_ACCOUNTS_OF_LINK
from trading.billing.accrual.models import DayFee
from trading.billing.accrual.service import MAX_CARRIED, MAX_DAYS
from trading.billing.models import BillingAccount
from trading.billing.ports import BillingChange
from trading.billing.store import DynamoBillingStore
from trading.brokerage.halt_rows import check_may_enter, write_trading_halt
from trading.brokerage.halts import HaltScope, TradingHalt
from trading.ledger.models import Entry, Kind, LedgerAccount
from trading.ledger.service import Opening
from trading.managed.models import Fund, ManagedPortfolio
from trading.managed.ports import ManagedChange
from trading.managed.rebalancing.auto_rebalance import MAX_AUTOMATIC
from trading.managed.store import DynamoManagedStore
from trading.managed.versions.models import Source, VersionStatus
from trading.managed.versions.rules import MAX_OPEN
from trading.markets.models import Exchange
from trading.notifications.models import MAX_MARKED, Center, Notification, NotificationClass
from trading.notifications.models import MAX_OPEN as MAX_OPEN_NOTIFICATIONS
from trading.notifications.ports import NotificationChange
from trading.notifications.store import DynamoNotificationStore
from trading.platform.audit import Audit
from trading.platform.errors import Conflict
from trading.platform.outbox import OutboxEvent
from trading.platform.tables import MAX_ITEMS, Transaction

pytestmark = pytest.mark.usefixtures("aws")

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = NOW.date()
FUNDS = 40
RECOMMENDATIONS = 100
SESSIONS = 15
CODE = ROOT / "layers" / "trading" / "python" / "trading"

TWO_BLOCKS = tuple(Block(rail, NOW, "a reason") for rail in (RailName.DAILY_LOSS, RailName.STOP_GUARD))
"""As many as one step puts up at most."""

BOUNDED = {
    "backtest/jobs/store.py": "one back-test with its owner's allowance, receipt and event",
    "managed/store.py": "a case here",
    "automation/portfolios/session_store.py": "a case here; fills go in chunks, a case below",
    "automation/portfolios/store.py": "a case here",
    "automation/corporate_actions/store.py": "a case in the tests of claims: twenty at once",
    "automation/closer/store.py": "one position, its entry and its session",
    "billing/store.py": "a case here",
    "banking/store.py": "a case here",
    "brokerage/halt_rows.py": "a case here",
    "notifications/store.py": "a case here",
    "managed/collections/store.py": "a collection and its audit",
    "platform/unknown_rows.py": "one record and its event",
    "platform/due.py": "one record and its event",
    "kyc/store.py": "one record, its tax id, references, inbox, events",
    "operators/closure_rows.py": "one closure and its audit",
    "operators/instrument_rows.py": "one instrument at each exchange, an action each, and their audit",
    "funding/reconciliation/store.py": "one discrepancy with its account",
    "automation/day_trading/store.py": "one row of a day's highs",
    "funding/accounts/store.py": "one account with its events",
    "signals/assessment_store.py": "one assessment, the change of its verdict and that one's event",
    "funding/money_flows/store.py": "one flow with its account, entry and traces",
}


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many items each transaction has that is sent."""
    real, seen = BaseClient._make_api_call, list[int]()

    def sent(client: Any, name: str, parameters: Any) -> Any:
        if name == "TransactWriteItems":
            seen.append(len(parameters["TransactItems"]))
        return real(client, name, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(BaseClient, "_make_api_call", sent)
    return seen


def places() -> Iterator[str]:
    """Yield the modules that build transactions."""
    for path in sorted(CODE.rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text()))
        if any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Transaction" for node in nodes):
            yield str(path.relative_to(CODE))


def test_each_place_that_builds_a_transaction_has_a_bound() -> None:
    assert set(places()) == set(BOUNDED)


def test_a_pass_with_all_that_may_be_open_fits_and_loses_no_days_flow(sizes: list[int]) -> None:
    funding, store = FundingHarness(), DynamoManagedStore()
    owner = funding.person(cash_cents=100_000)
    account = funding.account(owner)
    names = [f"collection-{number}" for number in range(FUNDS)]
    own = [version(100, names[n], version_id=f"own-{n}", owner=owner) for n in range(MAX_OPEN)]
    source = Source.AUTOMATIC
    new = [version(None, names[-n], version_id=f"new-{n}", owner=owner, source=source) for n in range(MAX_AUTOMATIC)]
    portfolio = ManagedPortfolio.new(owner, account.account_id)
    state = store.commit(ManagedChange(portfolio=portfolio, versions=tuple(own)))
    assert state.portfolio is not None
    portfolio = state.portfolio
    for name in names:
        fund = Fund(name, HALVES).with_flow(100, TODAY - timedelta(days=1)).with_flow(50, TODAY)
        portfolio = portfolio.with_fund(fund)
    portfolio = replace(portfolio, contributions=portfolio.contributions.added(7, TODAY))
    posting = account.posted({}, {LedgerAccount.INVESTED: 5, LedgerAccount.CASH: -5}, reference="holdings", at=NOW)
    ended = [
        version.moved(VersionStatus.EXECUTING, NOW).moved(VersionStatus.COMPLETE, NOW) for version in state.versions
    ]
    failed = [version.moved(VersionStatus.FAILED, NOW) for version in new]
    events = tuple(
        OutboxEvent(sample("order_executed", owner=owner), version.version_id) for version in (*ended, *failed)
    )
    sizes.clear()

    written = store.commit(
        ManagedChange(
            portfolio=portfolio,
            account=posting.account,
            versions=(*ended, *failed),
            entry=posting.entry,
            events=events,
            event_id="event-1",
        )
    )

    assert written.portfolio is not None
    assert max(sizes) <= MAX_ITEMS
    assert store.load(owner).portfolio == written.portfolio
    flows = store.flows(written.portfolio)
    assert {flows[name] for name in names} == {((TODAY - timedelta(days=1), 100), (TODAY, 50))}
    assert flows[""] == ((TODAY, 7),)
    again = store.commit(ManagedChange(portfolio=written.portfolio))
    assert again.portfolio is not None
    assert store.flows(again.portfolio) == flows


def order(number: int) -> Order:
    one = Decimal(1)
    return Order(f"SYMBOL{number:03}", number, one, one, one, one, one, one, one, fractional=False)


def waiting(*numbers: int) -> list[Position]:
    return [Position(TODAY, PositionStatus.PENDING, order(number), Decimal(1)) for number in numbers]


def trading(automated: bool = True) -> Portfolio:
    key = PortfolioKey("ada", 7)
    return Portfolio(key, "Mine", "", Exchange.NASDAQ, automated, DayTradingSettings(), NOW, NOW)


def test_a_plan_that_replaces_all_of_one_that_died_fits(sizes: list[int]) -> None:
    store, portfolio = DynamoSessionStore(), trading()
    DynamoPortfolioStore().create(portfolio, None)
    state = store.load(portfolio.key, TODAY)
    assert state is not None
    stale = waiting(*range(RECOMMENDATIONS))
    store.commit(Change(state.portfolio))  # leaves the version as a plan finds it
    portfolio = (store.load(portfolio.key, TODAY) or state).portfolio
    wanted = waiting(*range(RECOMMENDATIONS, 2 * RECOMMENDATIONS))
    session = Session(TODAY, SessionStatus.PLANNED, Opening(0, 0))

    store.save_plan(PortfolioState(portfolio, tuple(stale)), wanted, session)

    planned = store.load(portfolio.key, TODAY)
    assert planned is not None
    assert {position.symbol for position in planned.positions} == {order.symbol for order in wanted}
    assert max(sizes) <= MAX_ITEMS


def step(days_ago: int, has_entry: bool, is_announced: bool) -> Step:
    portfolio, reason = trading(), ExitReason.TARGET_HIT if is_announced else None
    made = replace(waiting(days_ago)[0], trade_date=TODAY - timedelta(days=days_ago), exit_reason=reason)
    entry = Entry("portfolio", 1, "entry", Kind.SELL, NOW, (), 0) if has_entry else None
    return Step(Decision(PositionStatus.OPEN, made, entry), portfolio)


@given(st.lists(st.builds(step, st.integers(0, 20), st.booleans(), st.booleans()), max_size=150))
@settings(deadline=None, max_examples=40)
def test_each_chunk_of_fills_fits_whatever_days_and_events_it_holds(steps: list[Step]) -> None:
    chunks = list(in_chunks(steps))
    assert [step for chunk in chunks for step in chunk] == steps

    for chunk in chunks:
        days = {step.decision.position.trade_date for step in chunk}
        sessions = [Session(day, SessionStatus.MISSED, Opening(0, 0)) for day in days]
        transaction = Transaction()
        check_may_enter(transaction, "ada", "ada")
        put_change(transaction, change_of(chunk[-1].portfolio, chunk, sessions, TWO_BLOCKS))
        assert len(transaction) <= MAX_ITEMS


def test_the_end_of_a_portfolios_trading_fits(sizes: list[int]) -> None:
    store, session_store, portfolio = DynamoPortfolioStore(), DynamoSessionStore(), trading()
    store.create(portfolio, None)
    before = session_store.load(portfolio.key, TODAY)
    assert before is not None
    pending = waiting(*range(CANCELLED_AT_ONCE))
    sessions = [
        Session(TODAY - timedelta(days=n), SessionStatus.CLOSED, Opening(0, 0), flat=True) for n in range(SESSIONS)
    ]
    session_store.save_plan(before, pending, replace(sessions[0], status=SessionStatus.PLANNED))
    state = session_store.load(portfolio.key, TODAY)
    assert state is not None
    decisions = [
        Decision(PositionStatus.PENDING, replace(position, status=PositionStatus.CANCELLED))
        for position in state.positions
    ]
    renamed = replace(state.portfolio, name="Other", is_automated=False)

    store.update(state.portfolio, Change(renamed, decisions, sessions))

    assert MAX_ITEMS - 10 <= max(sizes) <= MAX_ITEMS


def test_an_accrual_that_catches_up_fits(sizes: list[int]) -> None:
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(MAX_DAYS + 2 * MAX_CARRIED))
    fees = tuple(DayFee(day, 1, day, False, Fraction(1, 3)) for day in days)

    DynamoBillingStore().commit(BillingChange(billing=BillingAccount("ada", NOW, NOW, customer_id="cus_1"), fees=fees))

    assert max(sizes) <= MAX_ITEMS


def notifications(number: int) -> tuple[Notification, ...]:
    kind, data = NotificationClass.MONEY, {"type": "t"}
    return tuple(Notification(f"notification-{n}", "ada", n + 1, "t", kind, "T", "t", data, NOW) for n in range(number))


def test_as_many_notices_as_are_marked_or_resolved_at_once_fit(sizes: list[int]) -> None:
    store = DynamoNotificationStore()
    store.commit(NotificationChange(Center("ada"), read=notifications(MAX_MARKED)))
    center = Center("ada", version=1)
    new = notifications(MAX_OPEN_NOTIFICATIONS + 1)[-1]
    store.commit(NotificationChange(center, new, changed=notifications(MAX_OPEN_NOTIFICATIONS), event_id="event-1"))

    assert max(sizes) <= MAX_ITEMS


def test_a_stop_of_everything_with_its_copies_fits(sizes: list[int]) -> None:
    write_trading_halt(
        TradingHalt(version=1, trading_halted=True, money_halted=True), HaltScope.ALL, Audit("op", "why"), NOW
    )

    assert max(sizes) <= MAX_ITEMS


def test_a_sign_in_anew_with_all_accounts_that_a_bank_may_have_fits(sizes: list[int]) -> None:
    harness = BanksHarness()
    owner = harness.person()
    shown = [replace(CHECKING, name=f"Account {n}", mask=f"{n:04}") for n in range(MAX_ACCOUNTS_OF_LINK + 1)]
    link_id, accounts = harness.link(owner, *shown)
    for account in accounts[:-1]:
        harness.service.add(owner, link_id, account.account_id, account.name)
    with pytest.raises(Conflict) as refusal:
        harness.service.add(owner, link_id, accounts[-1].account_id, "One too many")
    harness.mark(owner, link_id)

    harness.links.exchange(owner, harness.banks.sign_in(*shown), link_id=link_id)

    assert refusal.value.code == "limit_exceeded"
    assert all(account.renewing for account in harness.store.load(owner).accounts.values())
    assert max(sizes) <= MAX_ITEMS
