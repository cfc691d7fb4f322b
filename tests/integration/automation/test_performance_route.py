"""GET /api/portfolios/{id}/performance, through its handler, on an in-process DynamoDB."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.calls import Answer, call
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.ports import Snapshot
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.markets.indexes.models import IndexReturn
from trading.markets.indexes.store import DynamoIndexStore

pytestmark = pytest.mark.usefixtures("aws")

FIRST = date(2013, 1, 1)


def created() -> int:
    return int(call("create_portfolio", body={"name": "one", "exchange": 2}).body["id"])


def valued(portfolio_id: int, *values: int) -> None:
    store = DynamoPortfolioStore()
    for number, value in enumerate(values):
        portfolio = store.find(PortfolioKey("ada", portfolio_id))
        assert portfolio is not None
        day = FIRST + timedelta(days=number)
        store.save_snapshot(portfolio, Snapshot(day, value, 1_000_000, value - 1_000_000, Decimal(0)))


def ask(portfolio_id: int, **query: str) -> Answer:
    return call("get_performance", portfolio_id=portfolio_id, query={"to": "2013-03-01"} | query)


def test_a_portfolio_without_snapshots_has_an_empty_curve() -> None:
    answer = ask(created())

    assert (answer.status, answer.body["curve"], answer.body["index"]) == (200, [], "QQQ")
    assert answer.body["time_weighted_return"] is None


def test_the_curve_and_the_figures_are_of_the_span_alone() -> None:
    portfolio_id = created()
    valued(portfolio_id, 1_010_000, 999_900, 1_099_890)

    body = ask(portfolio_id, **{"from": "2013-01-02"}).body

    assert [(point["date"], point["time_weighted_return"]) for point in body["curve"]] == [
        ("2013-01-02", -0.01),
        ("2013-01-03", 0.089),
    ]
    assert (body["time_weighted_return"], body["max_drawdown"], body["sharpe"]) == (0.089, -0.01, None)


def test_beta_is_that_to_the_index_of_the_exchange() -> None:
    portfolio_id, moves = created(), [0.01, -0.01] * 12
    value, values = 1_000_000.0, []
    for move in moves:
        value *= 1 + move
        values.append(round(value))
    valued(portfolio_id, *values)
    days = [IndexReturn(FIRST + timedelta(days=n), Decimal(str(move / 2))) for n, move in enumerate(moves)]
    DynamoIndexStore().save("QQQ", days)
    DynamoIndexStore().save("SPY", [replace(day, daily_return=-day.daily_return) for day in days])

    assert ask(portfolio_id).body["beta"] == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize(
    "query", [{"from": "2013-03-02"}, {"from": "2007-01-01"}, {"from": "yesterday"}, {"days": "3"}]
)
def test_a_span_that_is_none_or_too_long_is_refused(query: dict[str, str]) -> None:
    assert ask(created(), **query).status == 400


def test_a_far_first_day_is_no_fault_of_ours() -> None:
    assert call("get_performance", portfolio_id=created(), query={"to": "0001-01-01"}).status == 200


def test_somebody_elses_portfolio_is_absent() -> None:
    answer = call("get_performance", caller="eve", portfolio_id=created())

    assert (answer.status, answer.body["code"]) == (404, "not_found")
