"""Filtered lists over an adversarial table: a thousand rows that the filter refuses lie between those that it wants.

Each page costs a bounded number of requests, and following `next_cursor` finds every match exactly once.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from infra.openapi.document import FILE
from tests.benchmarks.requests_counted import counted
from tests.support.calls import call
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Order, Position, PositionStatus
from trading.automation.portfolios.rows import Row, position_row, record_row, session_row
from trading.automation.portfolios.sessions import Session, SessionStatus
from trading.automation.portfolios.store import DynamoPortfolioStore, _directory_row
from trading.billing.invoices.models import Invoice, InvoiceStatus
from trading.brokerage.models import Direction, PaymentOrder
from trading.funding.money_flows.models import FlowStatus, MoneyFlow
from trading.funding.rows import flow_sk, list_sk
from trading.history.models import HistoryItem, HistoryType
from trading.history.store import _sk as history_sk
from trading.ledger.service import Opening
from trading.managed.rows import list_sk as version_list_sk
from trading.managed.rows import version_sk
from trading.managed.versions.models import Source, Version, VersionStatus
from trading.notifications.models import Notification, NotificationClass
from trading.notifications.store import _place
from trading.platform.documents import dump
from trading.platform.pages import MAX_SCANNED
from trading.platform.people import PersonRow, partition

pytestmark = pytest.mark.usefixtures("aws")

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
BETWEEN = 1000
MATCHES = frozenset({0, 1, BETWEEN // 2, BETWEEN + 3})
"""Which of the rows match, by their number, newest first."""

MAX_REQUESTS = 8


def at(number: int) -> datetime:
    return NOW - timedelta(hours=number)


def day(number: int) -> date:
    return NOW.date() - timedelta(days=number)


def put_people(rows: Iterable[PersonRow]) -> None:
    with PersonRow.batch_write() as batch:
        for row in rows:
            batch.save(row)


def put_portfolios(rows: Iterable[Row]) -> None:
    with Row.batch_write() as batch:
        for row in rows:
            batch.save(row)


def ids(numbers: Iterable[int]) -> list[tuple[int, bool]]:
    return [(number, number in MATCHES) for number in numbers]


ALL = ids(range(BETWEEN + len(MATCHES)))


def flows(is_deposit: bool) -> None:
    for number, matches in ALL:
        direction = Direction.WITHDRAWAL if matches and is_deposit else Direction.DEPOSIT
        status = FlowStatus.FAILED if matches else FlowStatus.SUCCESS
        order = PaymentOrder("account", 100, "bank", "note")
        times = {"created_at": at(number), "updated_at": NOW, "asked_at": NOW, "first_sent_at": NOW}
        flow = MoneyFlow(
            f"{number:032x}", "ada", "a", "b", direction, 100, order, "attempt", "digest", **times, status=status
        )
        pk = partition("ada")
        put_people([PersonRow(pk, flow_sk(flow.flow_id), document=dump(flow)), PersonRow(pk, list_sk(flow))])


def versions() -> None:
    pk = partition("ada")
    for number, matches in ALL:
        status, wanted = (VersionStatus.FAILED, "rare") if matches else (VersionStatus.COMPLETE, "tech")
        times = {"created_at": at(number), "updated_at": NOW}
        made = Version(
            f"{number:032x}", "ada", "a", wanted, Source.MANUAL, {"AAPL": Decimal(1)}, False, None, 100, None,
            sells_all=False, digest="", status=status, **times,
        )  # fmt: skip
        row = PersonRow(pk, version_sk(made.version_id), document=dump(made), version=1)
        put_people([row, PersonRow(pk, version_list_sk(made))])


def invoices() -> None:
    for number, matches in ALL:
        period, status = f"{9999 - number // 12:04d}-{12 - number % 12:02d}", InvoiceStatus.VOID
        made = Invoice("ada", period, day(1), day(0), 100, (), day(0), NOW, NOW)
        made = replace(made, status=status if matches else InvoiceStatus.PAID)
        put_people([PersonRow(partition("ada"), f"invoice#{period}", document=dump(made), version=1)])


def history() -> None:
    for number, matches in ALL:
        type_, status = (HistoryType.COMMISSION, "failed") if matches else (HistoryType.DEPOSIT, "success")
        item = HistoryItem("ada", f"i{number}", type_, status, 100, at(number), "/api/x")
        put_people([PersonRow(partition("ada"), history_sk(item), document=dump(item), status=status)])


def notifications() -> None:
    pk = partition("ada")
    for number, matches in ALL:
        texts = ("deposit_succeeded", NotificationClass.MONEY, "title", "text", {})
        made = Notification(f"n{number}", "ada", 10_000 - number, *texts, at(number), None if matches else NOW)
        places = [PersonRow(pk, _place("unread#", made))] if matches else []
        put_people([PersonRow(pk, f"notification#n{number}", document=dump(made)), *places])
        put_people([PersonRow(pk, _place("notification-list#", made))])


def portfolios() -> None:
    made = call("create_portfolio", body={"name": "paper", "exchange": 2}).body["id"]
    first = DynamoPortfolioStore().find(PortfolioKey("ada", made))
    assert first is not None
    put_portfolios([Row("directory#ada", _directory_row(first).sk, status="gone")])
    for number, matches in ALL:
        key = PortfolioKey("ada", 10_000 + number)
        portfolio = replace(first, key=key, name=f"p{number}", created_at=at(number), is_automated=matches)
        put_portfolios([record_row(portfolio), _directory_row(portfolio)])


def of_portfolio(put: Callable[[PortfolioKey, int, bool], Row]) -> dict[str, object]:
    made = PortfolioKey("ada", call("create_portfolio", body={"name": "paper", "exchange": 2}).body["id"])
    put_portfolios(put(made, number, matches) for number, matches in ALL)
    return {"portfolio_id": made.portfolio_id}


def positions() -> dict[str, object]:
    def put(key: PortfolioKey, number: int, matches: bool) -> Row:
        one = Decimal(1)
        order = Order("AAPL", 1, one, one, one, one, one, one, one, False)
        status = PositionStatus.CANCELLED if matches else PositionStatus.CLOSED
        portfolio = DynamoPortfolioStore().find(key)
        assert portfolio is not None
        return position_row(portfolio, Position(day(number), status, order, one))

    return of_portfolio(put)


def sessions() -> dict[str, object]:
    def put(key: PortfolioKey, number: int, matches: bool) -> Row:
        status = SessionStatus.MISSED if matches else SessionStatus.CLOSED
        return session_row(key, Session(day(number), status, Opening(0, 0)))

    return of_portfolio(put)


LISTS: dict[str, tuple[str, dict[str, str], Callable[[], dict[str, object] | None]]] = {
    "flows by status": ("list_money_flows", {"status": "failed"}, lambda: flows(False)),
    "flows by direction": ("list_money_flows", {"direction": "withdrawal"}, lambda: flows(True)),
    "versions by status": ("list_collection_versions", {"status": "failed"}, versions),
    "versions by collection": ("list_collection_versions", {"collection_id": "rare"}, versions),
    "invoices by status": ("list_invoices", {"status": "void"}, invoices),
    "history by type": ("list_history", {"type": "commission"}, history),
    "history by status": ("list_history", {"status": "failed"}, history),
    "unread notifications": ("list_notifications", {"unread": "true"}, notifications),
    "portfolios by mode": ("list_portfolios", {"mode": "automated"}, portfolios),
    "positions by status": ("list_positions", {"status": "cancelled"}, positions),
    "sessions by status": ("list_sessions", {"status": "missed"}, sessions),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_page_costs_a_bounded_number_of_requests_and_all_matches_are_found(name: str) -> None:
    function, query, fill = LISTS[name]
    parameters = fill() or {}
    found: list[str] = []
    cursor: dict[str, str] = {}

    for _ in range(len(ALL)):
        with counted() as requests:
            answer = call(function, query={**query, "limit": "2", **cursor}, **parameters)
        assert answer.status == 200, answer.body
        assert sum(requests.values()) <= MAX_REQUESTS, requests
        found += [json.dumps(item, sort_keys=True) for item in answer.body["items"]]
        if answer.body["next_cursor"] is None:
            break
        cursor = {"cursor": answer.body["next_cursor"]}

    assert (len(found), len(set(found))) == (len(MATCHES), len(MATCHES))
    assert answer.body["next_cursor"] is None
    assert BETWEEN > 2 * MAX_SCANNED


def test_every_filtered_list_is_tried_by_each_of_its_filters() -> None:
    filters: set[tuple[str, str]] = set()
    for item in json.loads(FILE.read_text())["paths"].values():
        operation = item.get("get", {})
        names = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
        if "limit" in names:
            filters |= {(operation["operationId"], name) for name in names - {"limit", "cursor", "date"}}

    assert filters == {(function, name) for function, query, _ in LISTS.values() for name in query}
