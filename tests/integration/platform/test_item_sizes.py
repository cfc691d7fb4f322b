"""No item grows without bound: ten times the largest case of each table is written, and every item of it measured.

DynamoDB takes items of 400 kB. Each table of the catalogue has a case here, so that a new one asks for its own.
What people may only have so much of is written at its bound; what only piles up by operation says when it may go.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import Binary

from infra.catalogue import TABLES
from tests.support.events import sample
from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.claims import Claim
from trading.automation.portfolios.models import MAX_HOLDINGS, DayTradingSettings, Holding, Portfolio, PortfolioKey
from trading.automation.portfolios.rows import record_row, session_row
from trading.automation.portfolios.sessions import Session, SessionStatus, SharedSkips, Skip, Skipped
from trading.automation.portfolios.snapshots import value
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.automation.rails.models import RailSettings
from trading.backtest.events import BacktestRequested
from trading.backtest.jobs.models import Allowance, Backtest
from trading.backtest.jobs.store import DynamoBacktestStore
from trading.backtest.specification import BacktestSpecification
from trading.events import EVENTS
from trading.kyc.store import TaxIdRow
from trading.ledger.models import Entry, Kind, LedgerAccount, Line
from trading.ledger.service import Opening
from trading.ledger.store import post
from trading.managed.collections.models import Collection, WeightSet
from trading.managed.collections.store import DynamoCollectionStore
from trading.managed.models import MAX_ACTIONS, CorporateAction, DayMark, HoldingsSnapshot, ManagedPortfolio
from trading.managed.models import Fund as ManagedFund
from trading.managed.ports import ManagedChange
from trading.managed.runs.models import Run, RunState
from trading.managed.runs.store import DynamoRunStore
from trading.managed.store import DynamoManagedStore
from trading.managed.versions.rules import MAX_COLLECTIONS, MAX_COLLECTIONS_EVER, MAX_SYMBOLS
from trading.markets.costs import PAPER_COSTS
from trading.markets.models import Exchange, LastTrade, Price, Quote
from trading.markets.prices.models import Close, FeedName, SharedPrice
from trading.markets.prices.store import DynamoPriceRows
from trading.markets.store import closure_row
from trading.partners.drivewealth.store import SessionRow
from trading.partners.market_data.store import DynamoRefusedSymbols
from trading.platform.clock import SystemClock
from trading.platform.deferrals import defer
from trading.platform.limits import admit
from trading.platform.messages import Message
from trading.platform.outbox import OutboxEvent, OutboxRow, put_event, save_all
from trading.platform.receipts import Receipt
from trading.platform.runs import Cursor, RunRow
from trading.platform.tables import Transaction
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

pytestmark = pytest.mark.usefixtures("aws")

MAX_ITEM = 400 * 1024
TIMES = 10
NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
TODAY = NOW.date()
OWNER = "o" * 36

SYMBOLS = 9_000
"""All that an exchange lists."""

POSITIONS, RUN_ACCOUNTS, FLOW_DAYS = 100, 1_000, 400
CLAIMS_OF_ONE = 2
"""A dividend is paid before the next but one is owed."""
QUEUE_MESSAGE = 256 * 1024
"""The largest message that a queue takes: no table holds more of one."""


def symbol(number: int) -> str:
    return f"SYMBOL{number:06}"[:12]


def portfolios() -> None:
    portfolio = _full_portfolio()
    key = portfolio.key
    record_row(portfolio).save()
    DynamoPortfolioStore().save_snapshot(portfolio, value(portfolio, TODAY))
    own = tuple(Skipped(symbol(n), Skip.INSUFFICIENT_CASH) for n in range(TIMES * POSITIONS))
    shared = SharedSkips(Exchange.NASDAQ, "f" * 16, POSITIONS, TIMES * SYMBOLS)
    session = Session(TODAY, SessionStatus.CLOSED, Opening(1, 1), skipped=own, shared_skips=shared)
    session_row(key, session).save()
    everything = {symbol(n) for n in range(TIMES * SYMBOLS)}
    DynamoWorkIndex().register_held(Exchange.NASDAQ, TODAY, everything)
    assert DynamoWorkIndex().held_symbols(Exchange.NASDAQ, TODAY) == everything


def _full_portfolio() -> Portfolio:
    many, places = Decimal("12345.6789"), Decimal("0.123456789012")
    symbols = [symbol(n) for n in range(MAX_HOLDINGS)]
    holdings = {name: Holding(name, many, 10**9, many, NOW, Decimal("1.5"), NOW) for name in symbols}
    owed = {f"{day}#{name}#STOCK_DIVIDEND#NASDAQ": name for day in range(CLAIMS_OF_ONE) for name in symbols}
    claims = {
        action_id: Claim(Kind.CASH_IN_LIEU, action_id, name, places, 10**9, TODAY, 10**9, 10**9)
        for action_id, name in owed.items()
    }
    key = PortfolioKey(OWNER, 2**53 - 1)
    empty = Portfolio(key, "n" * 100, "d" * 1000, Exchange.NASDAQ, True, DayTradingSettings(), NOW, NOW)
    return replace(empty, holdings=holdings, claims=claims)


def people() -> None:
    owners = tuple(f"{OWNER}{n}" for n in range(TIMES * RUN_ACCOUNTS))
    versions = tuple(f"{n:032}" for n in range(2 * len(owners)))
    runs = DynamoRunStore()
    run = runs.save(Run("run", owners, NOW, version_ids=versions))
    sent = runs.save(replace(run, accounts={owner: owner for owner in owners}, state=RunState.SENDING))
    opened = runs.save(replace(sent, state=RunState.OPEN))
    runs.save(replace(opened, run_id="done", state=RunState.DONE, version=0))
    found = runs.find("run")
    assert found is not None
    assert (found.owners, found.version_ids, len(found.accounts)) == (owners, versions, len(owners))
    _years_of_flows()


def _years_of_flows() -> None:
    store = DynamoManagedStore()
    weights = {symbol(n): Decimal("0.0200") for n in range(MAX_SYMBOLS)}
    names = [f"{n:064}" for n in range(MAX_COLLECTIONS_EVER)]
    held = names[:MAX_COLLECTIONS]
    funds = {name: ManagedFund(name, weights, TODAY, "f" * 40, NOW, weights, rebalanced_at=NOW) for name in names}
    cents = {name: dict.fromkeys(weights, 10**9) for name in held}
    quantities = {name: dict.fromkeys(weights, Decimal("12345.12345678")) for name in held}
    seen = HoldingsSnapshot(NOW, 0, cents, quantities)
    marks = tuple(DayMark(day, 10**9, 10**9, dict.fromkeys(names, (10**9, 10**9))) for day in (TODAY, TODAY))
    action = CorporateAction("a" * 64, "stock_dividend", symbol(1), 10**9, Decimal("1.12345678"), symbol(2), NOW)
    portfolio = ManagedPortfolio(OWNER, "account", funds=funds, seen=seen, marks=marks, actions=(action,) * MAX_ACTIONS)
    first = date(2015, 1, 1)
    for number in range(TIMES * FLOW_DAYS):
        fund = portfolio.funds[names[number % 2]].with_flow(10**7 + number, first + timedelta(days=number))
        portfolio = portfolio.with_fund(fund)
        if number % TIMES == 0:  # the row is the same size each time; what is read is checked below
            written = store.commit(ManagedChange(portfolio=portfolio)).portfolio
            assert written is not None
            portfolio = written
    flows = store.flows(portfolio)
    assert [len(flows[name]) for name in names[:2]] == [TIMES * FLOW_DAYS // 2] * 2


def tax_ids() -> None:
    TaxIdRow(OWNER, ciphertext=b"x" * 1024 * TIMES).save()


def partner_sessions() -> None:
    SessionRow("drivewealth", version=1, writer="w" * 32, token=b"x" * 8192 * TIMES).save()


def prices() -> None:
    quote = Quote(
        Exchange.NASDAQ, symbol(1), Decimal("1" * 28), Decimal("1" * 28), NOW, LastTrade(Decimal("1" * 28), NOW)
    )
    price, close = Price(Decimal("1" * 28), NOW), Close(TODAY, Decimal("1" * 28))
    shared = SharedPrice((Exchange.NASDAQ, symbol(1)), quote, quote.last_trade, price, NOW, close)
    for feed in FeedName:
        DynamoPriceRows().save(shared.answered(feed, NOW), feed)


def ledger() -> None:
    lines = tuple(Line(account, 0) for account in LedgerAccount) * TIMES
    transaction = Transaction()
    post(transaction, Entry(OWNER, 1, "e" * 32, Kind.TRANSFER, NOW, lines, 0, reference="r" * 100))
    transaction.commit()


def markets() -> None:
    everything = {symbol(n) for n in range(TIMES * SYMBOLS)}
    DynamoRefusedSymbols(lambda: TODAY).remember(everything)
    assert DynamoRefusedSymbols(lambda: TODAY).recall() == everything
    closure_row(Exchange.NASDAQ, TODAY).save()


def collections() -> None:
    sets = tuple(
        WeightSet(TODAY + timedelta(days=n), {symbol(m): Decimal("0.0200") for m in range(MAX_SYMBOLS)})
        for n in range(TIMES)
    )
    DynamoCollectionStore().save(Collection("c" * 64, "n" * 100, "d" * 1000, sets), None)


def signals() -> None:
    long = Decimal("0.12345678")
    found = tuple(Recommendation(symbol(n), long, long, long, Decimal("123456.7890")) for n in range(TIMES * SYMBOLS))
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, TODAY, Source.PINNED, "v" * 16, found))
    reasons = tuple(Skipped(symbol(n), Skip.INSUFFICIENT_CASH) for n in range(TIMES * SYMBOLS))
    DynamoReasonStore().save(Exchange.NASDAQ, TODAY, "v" * 16, reasons)


def inbox() -> None:
    parts = {f"hits#EXCHANGE-{number}-{'s' * 40}": 10**6 for number in range(TIMES * 2 * 12)}
    run = RunRow("job", NOW, "d" * 36)
    run.claim("f" * 64, again=False, continues=False)
    run.keep(Cursor(parts, "part", {"pk": OWNER, "sk": OWNER}, 1))


def rate_limits() -> None:
    admit(OWNER * TIMES, SystemClock())


def deferred_messages() -> None:
    message = Message("m" * 36, "x" * QUEUE_MESSAGE, "account-rebalances", "c" * 36, 0, 0)
    defer(message, NOW)


def outbox() -> None:
    for name, record in EVENTS.items():
        texts = [key for key, field in record.model_fields.items() if field.annotation in {str, str | None}]
        event = sample(name, **dict.fromkeys(texts, "d" * 200 * TIMES))
        transaction = Transaction()
        put_event(transaction, OutboxEvent(event, "s" * 100))
        put_event(transaction, OutboxEvent(event, "sent"))
        transaction.commit()
        sent = OutboxEvent(event, "sent").event_id
        save_all(row.sent() for row in OutboxRow.scan() if row.pk == sent)


def backtests() -> None:
    wanted = BacktestSpecification(
        exchange=Exchange.NASDAQ,
        symbols=tuple(symbol(number) for number in range(TIMES * 100)),
        since=TODAY - timedelta(days=3650),
        until=TODAY,
        settings=DayTradingSettings(),
        rails=RailSettings(),
        bankroll_cents=10**15,
        costs=PAPER_COSTS,
    )
    backtest = Backtest(
        owner=OWNER,
        backtest_id="b" * 36,
        specification=wanted,
        created_at=NOW,
        total=2_500,
        expires_at=int(NOW.timestamp()),
    )
    event = OutboxEvent(BacktestRequested(owner=OWNER, backtest_id=backtest.backtest_id), "sent")
    allowance = Allowance(OWNER).with_another(TODAY, backtest.backtest_id)
    DynamoBacktestStore().add(backtest, allowance, Receipt("r" * 64, "d" * 64, backtest.backtest_id), event)


CASES: dict[str, Callable[[], None]] = {
    "portfolios": portfolios,
    "people": people,
    "tax-ids": tax_ids,
    "partner-sessions": partner_sessions,
    "prices": prices,
    "ledger": ledger,
    "markets": markets,
    "collections": collections,
    "signals": signals,
    "inbox": inbox,
    "rate-limits": rate_limits,
    "deferred-messages": deferred_messages,
    "outbox": outbox,
    "backtests": backtests,
}


PILES_UP: dict[str, tuple[str, ...]] = {
    "portfolios": ("held#",),
    "people": ("run#done/", "run#run/roll#"),
    "prices": ("NASDAQ#",),
    "markets": ("refused-symbols",),
    "signals": ("NASDAQ#",),
    "inbox": ("run#",),
    "rate-limits": (OWNER,),
    "backtests": (OWNER,),
    "outbox": tuple(OutboxEvent(sample(name), "sent").event_id for name in EVENTS),
}
"""How the rows begin that operation alone adds to a table, for ever if they never went; all others are kept."""


def size(item: Any) -> int:
    """Return how many bytes DynamoDB counts for a value, names of attributes included; numbers at their most."""
    if isinstance(item, dict):
        return sum(len(name.encode()) + size(part) for name, part in item.items())
    if isinstance(item, list | set | frozenset):
        return 3 + sum(1 + size(part) for part in item)
    if isinstance(item, str):
        return len(item.encode())
    if isinstance(item, Binary | bytes):
        return len(bytes(item))
    return 21


def items(table: str) -> Iterable[dict[str, Any]]:
    resource, start = boto3.resource("dynamodb").Table(table), {}
    while True:
        page = resource.scan(**start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_ten_times_the_largest_case_fits_into_items_and_what_piles_up_says_when_it_may_go(table: str) -> None:
    CASES[table]()

    rows = list(items(table))

    assert rows
    assert max(size(row) for row in rows) < MAX_ITEM
    piling = PILES_UP.get(table, ())
    goes = {f"{row.get('pk', '')}/{row.get('sk', '')}": "expires_at" in row for row in rows}
    assert [place for place, may_go in goes.items() if may_go is not place.startswith(piling)] == []
    assert [kind for kind in piling if not any(place.startswith(kind) for place in goes)] == []


def test_every_table_has_a_case() -> None:
    assert set(CASES) == {table.name for table in TABLES}


def test_tables_whose_rows_may_go_have_them_go() -> None:
    assert {table.name for table in TABLES if table.ttl} == set(PILES_UP)


def test_what_is_too_large_is_noticed() -> None:
    assert size({"pk": "p", "document": "x" * MAX_ITEM}) > MAX_ITEM
    assert size({"pk": "p", "symbols": {f"{n:010}" for n in range(40_000)}}) > MAX_ITEM
