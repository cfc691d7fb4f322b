"""The planner against its worked numbers."""

from decimal import Decimal

import pytest

from trading.automation.day_trading.models import Skip
from trading.automation.day_trading.planner import confidence, plan, rank
from trading.automation.portfolios.models import DayTradingSettings
from trading.signals.models import Recommendation

CASH = 1_000_000


def signal(symbol: str, price: str, atr: str | None, volatility: str | None, expected: str | None) -> Recommendation:
    values = [Decimal(text) if text is not None else None for text in (expected, volatility, atr, price)]
    return Recommendation(symbol, *values)


WORKED = (
    signal("A", "100", "1.5", ".02", ".012"),
    signal("B", "50", ".3", ".015", ".004"),
    signal("C", "300", "6", ".03", ".02"),
    signal("D", "10", ".5", ".05", ".006"),
    signal("E", "20", ".2", ".01", "-.001"),
)


def planned(settings: DayTradingSettings, *signals: Recommendation) -> dict[str, int]:
    orders = plan(settings, CASH, rank(signals or WORKED)).orders
    return {order.symbol: int(order.shares) for order in orders}


def test_four_candidates_share_the_cash_by_quarters() -> None:
    expected = {"C": 8, "A": 25, "B": 50, "D": 200}

    assert planned(DayTradingSettings(max_recommendations=4)) == expected
    assert planned(DayTradingSettings(max_recommendations=50)) == expected


def test_the_risk_limit_binds_where_the_stop_is_far() -> None:
    settings = DayTradingSettings(Decimal("0.50"), Decimal("0.005"), 1)

    result = plan(settings, CASH, rank(WORKED))

    assert [(order.symbol, order.shares) for order in result.orders] == [("C", 4)]
    assert {skip.symbol: skip.reason for skip in result.skipped} == {
        "A": Skip.RANKED_OUT,
        "B": Skip.RANKED_OUT,
        "D": Skip.RANKED_OUT,
        "E": Skip.NOT_RISING,
    }


def test_confidence_follows_the_logistic_curve() -> None:
    figures = [round(confidence(Decimal(y), Decimal(s)), 4) for y, s in ((".012", ".02"), (".004", ".015"))]

    assert figures == [Decimal("95.2574"), Decimal("79.1391")]


@pytest.mark.parametrize("volatility", [None, Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_confidence_without_a_usable_volatility_is_linear(volatility: Decimal | None) -> None:
    assert confidence(Decimal("0.004"), volatility) == 70
    assert confidence(Decimal(1), volatility) == 100
    assert confidence(Decimal(-1), volatility) == 0


def test_a_missing_range_counts_as_one_and_a_half_percent() -> None:
    candidate = rank([signal("A", "100", None, ".02", ".012")]).candidates[0]

    assert (candidate.stop_distance, candidate.target_distance) == (Decimal("0.03"), Decimal("0.045"))


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (signal("X", "NaN", "1", ".02", ".01"), Skip.BAD_SIGNAL),
        (signal("X", "0", "1", ".02", ".01"), Skip.BAD_SIGNAL),
        (signal("X", "100", "1", ".02", None), Skip.BAD_SIGNAL),
        (signal("X", "100", "1", ".02", "0"), Skip.NOT_RISING),
        (signal("X", "100", "1", ".02", ".001"), Skip.LOW_CONFIDENCE),
        (signal("X", "100", "25", ".02", ".01"), Skip.TOO_VOLATILE),
    ],
)
def test_every_candidate_without_an_order_has_a_reason(broken: Recommendation, reason: Skip) -> None:
    assert [skip.reason for skip in rank([broken]).skipped] == [reason]


def test_whole_shares_need_one_share_and_fractions_one_dollar() -> None:
    dear = signal("Z", "9000", "90", ".02", ".012")

    assert planned(DayTradingSettings(), dear) == {}
    fractional = plan(DayTradingSettings(allow_fractional_shares=True), CASH, rank([dear])).orders[0]
    assert fractional.shares == Decimal("0.2777")
    assert not plan(DayTradingSettings(allow_fractional_shares=True), 200, rank([dear])).orders


def test_ties_go_by_symbol() -> None:
    twins = [signal(symbol, "100", "1.5", ".02", ".012") for symbol in ("BBB", "AAA")]

    assert [candidate.symbol for candidate in rank(twins).candidates] == ["AAA", "BBB"]


def test_what_may_not_be_bought_is_named() -> None:
    ranking = rank(WORKED, frozenset({"A"}))

    assert [candidate.symbol for candidate in ranking.candidates] == ["A"]
    assert {skip.reason for skip in ranking.skipped} == {Skip.NOT_TRADABLE}
