"""No item grows without bound: ten times the largest case of each table is written, and every item of it measured.

DynamoDB takes items of 400 kB. Each table of the catalogue has a case here, so that a new one asks for its own.
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
from trading.automation.day_trading.models import Session, SessionStatus, SharedSkips, Skip, Skipped
from trading.automation.day_trading.reasons import DynamoReasonStore
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import DayTradingSettings, Holding, Portfolio, PortfolioKey
from trading.automation.portfolios.snapshots import value
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.automation.rows import record_row, session_row
from trading.kyc.store import TaxIdRow
from trading.ledger.models import Account, Entry, Kind, Line
from trading.ledger.service import Opening
from trading.ledger.store import post
from trading.managed.collections.models import Collection, WeightSet
from trading.managed.collections.store import DynamoCollectionStore
from trading.managed.models import Fund as ManagedFund
from trading.managed.models import ManagedPortfolio, Seen
from trading.managed.ports import ManagedChange
from trading.managed.rebalancing.models import Run, RunState
from trading.managed.rebalancing.store import DynamoRunStore
from trading.managed.store import DynamoManagedStore
from trading.markets.models import Exchange, LastTrade, Price, Quote
from trading.markets.prices.models import Close, FeedName, SharedPrice
from trading.markets.prices.store import DynamoPriceRows
from trading.markets.store import DynamoInstrumentStore
from trading.partners.drivewealth.store import SessionRow
from trading.partners.market_data.store import DynamoRefusedSymbols
from trading.platform.clock import SystemClock
from trading.platform.deferrals import defer
from trading.platform.inbox import InboxRow
from trading.platform.limits import admit
from trading.platform.messages import Message
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.runs import Cursor
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

POSITIONS, RUN_ACCOUNTS, FLOW_DAYS, FUNDS, FUND_SYMBOLS = 100, 1_000, 400, 4, 50
QUEUE_MESSAGE = 256 * 1024
"""The largest message that a queue takes: no table holds more of one."""


def symbol(number: int) -> str:
    return f"SYMBOL{number:06}"[:12]


def portfolios() -> None:
    holdings = {
        symbol(n): Holding(symbol(n), Decimal("12345.6789"), 10**9, Decimal("12345.6789"), NOW, Decimal("1.5"))
        for n in range(TIMES * POSITIONS)
    }
    key = PortfolioKey(OWNER, 2**53 - 1)
    portfolio = Portfolio(key, "n" * 100, "d" * 1000, Exchange.NASDAQ, True, DayTradingSettings(), NOW, NOW)
    record_row(replace(portfolio, holdings=holdings)).save()
    DynamoPortfolioStore().save_snapshot(replace(portfolio, holdings=holdings, version=0), value(portfolio, TODAY))
    own = tuple(Skipped(symbol(n), Skip.INSUFFICIENT_CASH) for n in range(TIMES * POSITIONS))
    shared = SharedSkips(Exchange.NASDAQ, "f" * 16, POSITIONS, TIMES * SYMBOLS)
    session = Session(TODAY, SessionStatus.CLOSED, Opening(1, 1), skipped=own, shared_skips=shared)
    session_row(key, session).save()
    DynamoWorkIndex().register_held(Exchange.NASDAQ, TODAY, {symbol(n) for n in range(SYMBOLS)})


def people() -> None:
    owners = tuple(f"{OWNER}{n}" for n in range(TIMES * RUN_ACCOUNTS))
    versions = tuple(f"{n:032}" for n in range(2 * len(owners)))
    runs = DynamoRunStore()
    run = runs.save(Run("run", owners, NOW, version_ids=versions))
    sent = runs.save(replace(run, accounts={owner: owner for owner in owners}, state=RunState.SENDING))
    runs.save(replace(sent, state=RunState.OPEN))
    found = runs.find("run")
    assert found is not None
    assert (found.owners, found.version_ids, len(found.accounts)) == (owners, versions, len(owners))
    _years_of_flows()


def _years_of_flows() -> None:
    store = DynamoManagedStore()
    weights = {symbol(n): Decimal("0.0200") for n in range(FUND_SYMBOLS)}
    names = [f"collection-{n}" for n in range(TIMES * FUNDS)]
    funds = {name: ManagedFund(name, weights, told=weights) for name in names}
    cents = {name: dict.fromkeys(weights, 10**9) for name in names}
    quantities = {name: dict.fromkeys(weights, Decimal("12345.12345678")) for name in names}
    seen = Seen(NOW, 0, cents, quantities)
    portfolio = ManagedPortfolio(OWNER, "account", funds=funds, seen=seen)
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
    lines = tuple(Line(account, 0) for account in Account) * TIMES
    transaction = Transaction()
    post(transaction, Entry(OWNER, 1, "e" * 32, Kind.TRANSFER, NOW, lines, 0, reference="r" * 100))
    transaction.commit()


def markets() -> None:
    DynamoRefusedSymbols(lambda: TODAY).remember({symbol(n) for n in range(SYMBOLS)})
    DynamoInstrumentStore().save_closure(Exchange.NASDAQ, TODAY)


def collections() -> None:
    sets = tuple(
        WeightSet(TODAY + timedelta(days=n), {symbol(m): Decimal("0.0200") for m in range(FUND_SYMBOLS)})
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
    InboxRow("run#job", cursor=Cursor(parts, "part", {"pk": OWNER, "sk": OWNER}, 1).to_json()).save()


def rate_limits() -> None:
    admit(OWNER * TIMES, SystemClock())


def deferred_messages() -> None:
    message = Message("m" * 36, "x" * QUEUE_MESSAGE, "version-passes", "c" * 36, 0, 0)
    defer(message, NOW)


def outbox() -> None:
    transaction = Transaction()
    payload: dict[str, str | int] = {"owner": OWNER, **{f"detail_{n}": "d" * 200 for n in range(TIMES * 10)}}
    put_event(transaction, OutboxEvent("order_executed", "s" * 100, payload))
    transaction.commit()


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
}


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
def test_ten_times_the_largest_case_fits_into_items(table: str) -> None:
    CASES[table]()

    sizes = [size(item) for item in items(table)]

    assert sizes
    assert max(sizes) < MAX_ITEM


def test_what_is_too_large_is_noticed() -> None:
    assert size({"pk": "p", "document": "x" * MAX_ITEM}) > MAX_ITEM
    assert size({"pk": "p", "symbols": {f"{n:010}" for n in range(40_000)}}) > MAX_ITEM
