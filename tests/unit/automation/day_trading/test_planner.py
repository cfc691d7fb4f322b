"""The planner against its worked numbers."""

from dataclasses import replace
from decimal import Decimal

import pytest

from trading.automation.day_trading.planner import has_room, plan, rank
from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.portfolios.sessions import Skip, Skipped
from trading.markets.costs import PAPER_COSTS, TradingCosts
from trading.signals.models import Exclusion, Recommendation
from trading.signals.scores import confidence

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


WORKED_RANK = rank(WORKED).candidates


def planned(settings: DayTradingSettings, *signals: Recommendation) -> dict[str, int]:
    orders = plan(settings, CASH, rank(signals or WORKED)).orders
    return {order.symbol: int(order.shares) for order in orders}


def test_four_candidates_share_the_cash_by_quarters() -> None:
    expected = {"C": 8, "A": 25, "B": 50, "D": 200}

    assert planned(DayTradingSettings(max_recommendations=4)) == expected
    assert planned(DayTradingSettings(max_recommendations=50)) == expected


def test_the_risk_limit_binds_where_the_stop_is_far() -> None:
    settings = DayTradingSettings(Decimal("0.50"), Decimal("0.005"), 1)

    ranking = rank(WORKED)
    result = plan(settings, CASH, ranking)

    assert [(order.symbol, order.shares) for order in result.orders] == [("C", 4)]
    assert (result.skipped, result.chosen) == ((), 1)
    assert {skip.symbol: skip.reason for skip in ranking.reasons[result.chosen :]} == {
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
        (signal("X", "100", "1", ".02", ".5001"), Skip.ABSURD_SIGNAL),
        (signal("X", "100", "1", ".02", "-.5001"), Skip.ABSURD_SIGNAL),
        (signal("X", "100", "1", ".02", "1e30"), Skip.ABSURD_SIGNAL),
        (signal("X", "100", "1", "1e-30", ".01"), Skip.ABSURD_SIGNAL),
        (signal("X", "100", "1", "0", ".01"), Skip.ABSURD_SIGNAL),
        (signal("X", "100", "1", ".000499", ".01"), Skip.ABSURD_SIGNAL),
        (signal("X", "0.0099", "0", ".02", ".01"), Skip.ABSURD_SIGNAL),
        (signal("X", "1000000.01", "1", ".02", ".01"), Skip.ABSURD_SIGNAL),
        (signal("X", "100", "9e999999", ".02", ".01"), Skip.BAD_SIGNAL),
        (signal("X", "4.66", "0", ".02", ".01"), Skip.COSTS_TOO_HIGH),
        (signal("X", "0.05", "0.0119", ".02", ".01"), Skip.COSTS_TOO_HIGH),
    ],
)
def test_every_candidate_without_an_order_has_a_reason(broken: Recommendation, reason: Skip) -> None:
    assert [skip.reason for skip in rank([broken]).skipped] == [reason]


def test_costs_may_take_a_quarter_of_the_way_to_the_stop_and_no_more() -> None:
    # 2 (0.0005 * 100 + 0.0035) = 0.107 dollars a round trip; the stop is 2 ATR away.
    reaches, falls_short = Decimal("0.107") * 4, Decimal("0.1069") * 4
    costs = TradingCosts(slippage=Decimal("0.0025"), commission_per_share=Decimal("0.0035"))
    quarter = signal("A", "100", "1.014", ".02", ".012")
    less = signal("A", "100", "1.0139", ".02", ".012")

    assert not PAPER_COSTS.are_too_high(Decimal(100), reaches)
    assert PAPER_COSTS.are_too_high(Decimal(100), falls_short)
    assert rank([quarter], None, costs).skipped == ()
    assert rank([less], None, costs).skipped == (Skipped("A", Skip.COSTS_TOO_HIGH),)


def test_what_has_no_room_between_stop_and_target_in_prices_of_four_places_is_noticed() -> None:
    assert has_room(Decimal("0.01"), Decimal("0.01"), Decimal("0.015"))
    assert not has_room(Decimal("0.0049"), Decimal("0.01"), Decimal("0.015"))
    assert not has_room(Decimal("0.0060"), Decimal("0.01"), Decimal("0.005"))


@pytest.mark.parametrize("reason", Exclusion)
def test_what_is_excluded_is_never_a_candidate(reason: Exclusion) -> None:
    assert rank([replace(WORKED[0], excluded=reason)]).reasons == (Skipped("A", Skip(reason.value)),)


def test_a_fund_of_treasury_bills_is_not_the_best_idea_of_the_day() -> None:
    bills = signal("BIL", "91.5", ".01", ".00000016", ".000016")
    calm = signal("SHV", "110", ".5", ".0005", ".000016")

    assert {skip.symbol: skip.reason for skip in rank([bills, calm]).skipped} == {
        "BIL": Skip.ABSURD_SIGNAL,
        "SHV": Skip.LOW_CONFIDENCE,
    }
    assert round(confidence(Decimal(".000016"), Decimal(".0005")), 1) == Decimal("50.4")


def test_one_order_that_cannot_be_computed_is_skipped_alone() -> None:
    ranking = rank(WORKED)
    huge = replace(ranking.candidates[0], symbol="H", reference_price=Decimal("1e-999999"))

    result = plan(DayTradingSettings(max_recommendations=4), CASH, replace(ranking, candidates=(huge, *WORKED_RANK)))

    assert result.skipped == (Skipped("H", Skip.BAD_SIGNAL),)
    assert [order.rank for order in result.orders] == [1, 2, 3]


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
