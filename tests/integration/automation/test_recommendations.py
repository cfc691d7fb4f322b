"""A portfolio's recommendations over HTTP: what was taken, what was not, and the features that weigh most."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from infra.catalogue import FUNCTIONS
from tests.support import rights
from tests.support.calls import call
from tests.support.trading_day import DAY, OPENED, PLANNED, TradingDayHarness
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.signals.gate import NEVER_JUDGED, Gate
from trading.signals.models import Assessment, Exclusion, Recommendation, SignalSet, Source, Weight, version_of
from trading.signals.scores import ranked
from trading.signals.store import DynamoSignalStore

WEIGHTS = (
    Weight("night_20", Decimal("0.00312")),
    Weight("ret_1", Decimal("-0.001")),
    Weight("beta_60", Decimal("0.0002")),
)


@pytest.fixture
def harness(aws: None) -> TradingDayHarness:
    del aws
    return TradingDayHarness()


def publish(harness: TradingDayHarness) -> None:
    """Publish a model's recommendations: three that rise, one that falls, one that may not be bought."""
    figures = {"A": "0.03", "B": "0.02", "C": "0.015", "F": "-0.01", "X": "0.05"}
    for symbol in figures:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
        harness.market.prices[symbol] = Decimal(100)
    items = ranked(
        Recommendation(
            symbol,
            Decimal(predicted),
            Decimal("0.02"),
            Decimal("1.5"),
            Decimal(100),
            excluded=Exclusion.ILLIQUID if symbol == "X" else None,
            weights=WEIGHTS,
        )
        for symbol, predicted in figures.items()
    )
    assessment = Assessment("2013-02-15-ridge-1", NEVER_JUDGED)
    version = version_of(items, assessment)
    assert DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.MODEL, version, items, assessment))


def shown(key: PortfolioKey, **query: str) -> Any:
    row = next(row for row in FUNCTIONS if row.name == "list_recommendations")
    with rights.only_granted(row):
        answer = call("list_recommendations", caller=key.owner, query=query, portfolio_id=key.portfolio_id)
    assert answer.status == 200, answer.body
    return answer.body


def test_orders_show_their_features_and_what_was_taken(harness: TradingDayHarness) -> None:
    key = harness.portfolio(DayTradingSettings(max_recommendations=2)).key
    publish(harness)
    replace(harness.at(PLANNED), gate=Gate.ADVISORY).plan(key, DAY)
    harness.market.prices["B"] = Decimal(140)
    replace(harness.at(OPENED), gate=Gate.ADVISORY).enter(key, DAY)

    found = shown(key, date=DAY.isoformat())

    items = {item["symbol"]: item for item in found["items"]}
    assert {symbol: (item["taken"], item["reason"]) for symbol, item in items.items()} == {
        "A": (True, None),
        "B": (False, "gapped"),
    }
    assert items["A"]["features"] == [
        {"name": "night_20", "contribution": 0.00312},
        {"name": "ret_1", "contribution": -0.001},
        {"name": "beta_60", "contribution": 0.0002},
    ]
    assert (items["A"]["rank"], items["A"]["edge"], items["A"]["stop_price"]) == (1, "unproven", 97)


def test_what_was_not_taken_is_shown_with_its_figures_and_reason(harness: TradingDayHarness) -> None:
    key = harness.portfolio(DayTradingSettings(max_recommendations=2)).key
    publish(harness)
    replace(harness.at(PLANNED), gate=Gate.ADVISORY).plan(key, DAY)

    left = shown(key, date=DAY.isoformat())["not_taken"]

    assert [(one["symbol"], one["rank"], one["reason"]) for one in left] == [
        ("C", 3, "ranked_out"),
        ("F", 4, "not_rising"),
        ("X", None, "illiquid"),
    ]
    assert left[0] | {"features": []} == {
        "symbol": "C",
        "reason": "ranked_out",
        "rank": 3,
        "confidence_score": 97.7023,
        "predicted_return": 0.015,
        "stop_price": 97,
        "target_price": 104.5,
        "features": [],
    }
    assert left[0]["features"][0] == {"name": "night_20", "contribution": 0.00312}


def test_a_day_without_an_edge_shows_what_was_recommended(harness: TradingDayHarness) -> None:
    key = harness.portfolio().key
    publish(harness)
    replace(harness.at(PLANNED), gate=Gate.ENFORCED).plan(key, DAY)

    found = shown(key, date=DAY.isoformat())

    assert found["items"] == []
    assert [(one["symbol"], one["reason"]) for one in found["not_taken"]] == [
        ("A", "no_edge"),
        ("B", "no_edge"),
        ("C", "no_edge"),
        ("F", "no_edge"),
        ("X", "illiquid"),
    ]


def test_before_the_plan_nothing_is_decided(harness: TradingDayHarness) -> None:
    key = harness.portfolio().key
    publish(harness)

    assert {one["reason"] for one in shown(key, date=DAY.isoformat())["not_taken"]} == {None, "illiquid"}


def test_without_a_date_only_orders_are_listed(harness: TradingDayHarness) -> None:
    key = harness.portfolio().key
    publish(harness)
    replace(harness.at(PLANNED), gate=Gate.ADVISORY).plan(key, DAY)

    found = shown(key)

    assert (sorted(item["symbol"] for item in found["items"]), found["not_taken"]) == (["A", "B", "C"], [])


def test_pinned_recommendations_are_shown_without_features(harness: TradingDayHarness) -> None:
    key = harness.portfolio().key
    harness.recommend("AAPL")
    harness.at(PLANNED).plan(key, DAY)

    (item,) = shown(key, date=DAY.isoformat())["items"]

    assert (item["symbol"], item["features"], item["edge"]) == ("AAPL", [], None)
