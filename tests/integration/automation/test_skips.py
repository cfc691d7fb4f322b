"""Reasons of a session: the portfolio's own in its row, those of the whole exchange once for everybody."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.benchmarks.requests_counted import counted
from tests.support.calls import call
from tests.support.trading_day import DAY, OPENED, PLANNED, TradingDayHarness
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey
from trading.automation.portfolios.positions import PositionStatus
from trading.automation.portfolios.rows import Row, partition, session_sk
from trading.automation.portfolios.sessions import SessionStatus
from trading.markets.models import Exchange
from trading.markets.store import MarketRow
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

pytestmark = pytest.mark.usefixtures("aws")

MANY = 9_000
FALLING = Decimal("-0.01")
SETTINGS = DayTradingSettings(max_recommendations=100, allow_fractional_shares=True)


def recommendation(number: int, expected: Decimal | None = None) -> Recommendation:
    made = Decimal("0.02") - Decimal(number) / 10_000_000 if expected is None else expected
    return Recommendation(f"S{number:04}", made, Decimal("0.02"), Decimal("1.5"), Decimal(100))


def publish(harness: TradingDayHarness, *recommendations: Recommendation) -> None:
    version = f"pinned-{len(recommendations)}"
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, version, recommendations))
    with MarketRow.batch_write() as batch:
        for signal in recommendations:
            batch.save(MarketRow("instruments#NASDAQ", signal.symbol, active=True))
            harness.market.prices[signal.symbol] = Decimal(100)


def paged(key: PortfolioKey, limit: int) -> Iterator[tuple[str, str]]:
    cursor: str | None = None
    while True:
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        page = call("list_session_skips", portfolio_id=key.portfolio_id, date=DAY, query=query).body
        yield from ((item["symbol"], item["reason"]) for item in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return


def listed(key: PortfolioKey) -> dict[str, object]:
    sessions: list[dict[str, object]] = call("list_sessions", portfolio_id=key.portfolio_id).body["items"]
    return sessions[0]


def test_nine_thousand_candidates_are_planned_and_their_reasons_written_once() -> None:
    harness = TradingDayHarness()
    publish(harness, *(recommendation(number, FALLING if number >= MANY - 10 else None) for number in range(MANY)))
    first, second = harness.portfolio(SETTINGS).key, harness.portfolio(SETTINGS).key
    worker = harness.at(PLANNED)

    worker.plan(first, DAY, f"pinned-{MANY}")
    with counted() as seen:
        worker.plan(second, DAY, f"pinned-{MANY}")

    assert harness.state(second).session(DAY) is not None
    assert "BatchWriteItem" not in seen
    session = harness.state(first).session(DAY)
    assert session is not None
    assert (session.status, session.planned, session.skipped) == (SessionStatus.PLANNED, 100, ())
    assert session.skipped_total == MANY - 100
    assert len(str(Row.get(partition(first), session_sk(DAY)).document)) < 1_000
    assert len(harness.state(first).of(DAY, PositionStatus.PENDING)) == 100


def test_a_list_shows_the_own_reasons_and_a_hundred_of_the_shared_ones() -> None:
    harness = TradingDayHarness()
    publish(harness, *(recommendation(number, FALLING if number > 150 else None) for number in range(400)))
    key = harness.portfolio(SETTINGS).key
    harness.at(PLANNED).plan(key, DAY)
    harness.market.prices |= {"S0000": Decimal(200)}
    harness.at(OPENED).enter(key, DAY)

    with counted() as seen:
        session = listed(key)

    skipped = session["skipped"]
    assert isinstance(skipped, list)
    assert skipped[0] == {"symbol": "S0000", "reason": "gapped"}
    assert skipped[1] == {"symbol": "S0100", "reason": "ranked_out"}
    assert len(skipped) == 101
    assert session["skipped_total"] == 301
    assert seen.total() <= 3


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_all_reasons_of_a_day_come_in_pages_each_once(limit: int) -> None:
    harness = TradingDayHarness()
    count = 30 if limit == 1 else 450
    publish(harness, *(recommendation(number, FALLING if number >= count // 2 else None) for number in range(count)))
    key = harness.portfolio(DayTradingSettings(max_recommendations=5)).key
    harness.at(PLANNED).plan(key, DAY)
    harness.market.prices |= {"S0003": Decimal(200), "S0001": Decimal(200)}
    harness.at(OPENED).enter(key, DAY)

    found = list(paged(key, limit))

    assert found[:3] == [("S0001", "gapped"), ("S0003", "gapped"), ("S0005", "ranked_out")]
    assert len(found) == len(set(found)) == count - 3
    assert [reason for _, reason in found].count("not_rising") == count - count // 2
    assert listed(key)["skipped_total"] == count - 3


def test_one_absurd_signal_costs_nobody_the_session() -> None:
    harness = TradingDayHarness()
    publish(harness, recommendation(0), recommendation(1, Decimal("1e30")))
    key = harness.portfolio().key

    harness.at(PLANNED).plan(key, DAY)

    assert [position.symbol for position in harness.state(key).of(DAY)] == ["S0000"]
    assert list(paged(key, 10)) == [("S0001", "absurd_signal")]


@pytest.mark.parametrize("day", ["2013-02-20", "nonsense", "20130219", "2013-02-30"])
def test_a_day_without_a_session_has_no_skips(day: str) -> None:
    key = TradingDayHarness().portfolio().key

    assert call("list_session_skips", portfolio_id=key.portfolio_id, date=day).status == 404


def test_skips_of_somebody_elses_portfolio_are_not_found() -> None:
    key = TradingDayHarness().portfolio().key

    assert call("list_session_skips", caller="bob", portfolio_id=key.portfolio_id, date=DAY).status == 404
