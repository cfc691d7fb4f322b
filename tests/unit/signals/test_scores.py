"""Confidence, distances and ranks, against the worked numbers."""

from decimal import Decimal

import pytest

from trading.signals.models import Exclusion, Recommendation
from trading.signals.scores import confidence, distances, ranked


def signal(
    symbol: str, predicted: str | None = "0.01", volatility: str | None = "0.02", **more: object
) -> Recommendation:
    figures = {"atr": Decimal("1.5"), "previous_close": Decimal(100), **more}
    numbers = (Decimal(text) if text is not None else None for text in (predicted, volatility))
    return Recommendation(symbol, *numbers, **figures)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("predicted", "volatility", "expected"),
    [
        ("0.012", "0.02", "95.257413"),
        ("0.012", "0.015", "98.201379"),
        ("0.001", "0.005", "73.105858"),
        ("0.001", "0.0005", "73.105858"),
        ("0.001", "0.0049", "73.105858"),
        ("0.00016", "0.0006", "53.991488"),
        ("0.001", None, "55.000000"),
        ("0.02", None, "100.000000"),
        ("-0.02", None, "0.000000"),
    ],
)
def test_confidence_has_a_floor_under_volatility(predicted: str, volatility: str | None, expected: str) -> None:
    found = confidence(Decimal(predicted), Decimal(volatility) if volatility else None)

    assert found.quantize(Decimal("0.000001")) == Decimal(expected)


def test_a_fund_of_treasury_bills_has_no_confidence_worth_the_name() -> None:
    assert round(confidence(Decimal("0.00016"), Decimal("0.005"))) == 54


def test_distances_follow_the_range_and_the_return() -> None:
    found = distances(Decimal(100), Decimal("0.01"), Decimal("1.5"))

    assert (found.risk_per_share, found.stop, found.target) == (Decimal(3), Decimal("0.03"), Decimal("0.045"))
    assert distances(Decimal(100), Decimal("0.1"), Decimal("0.1")).stop == Decimal("0.01")
    assert distances(Decimal(100), Decimal("0.1"), Decimal("0.1")).target == Decimal("0.12")
    assert distances(Decimal(100), Decimal("0.01"), None).stop == Decimal("0.03")


def test_ranks_go_by_confidence_and_ties_by_symbol() -> None:
    found = ranked([signal("B"), signal("C", "0.02"), signal("A"), signal("D", "-0.01")])

    assert [(r.symbol, r.rank) for r in found] == [("C", 1), ("A", 2), ("B", 3), ("D", 4)]


def test_a_score_lies_around_the_previous_close() -> None:
    (found,) = ranked([signal("A")])

    assert (found.rank, found.confidence) == (1, Decimal("92.414182"))
    assert (found.stop_price, found.target_price) == (Decimal("97.0000"), Decimal("104.5000"))


def test_who_is_excluded_or_cannot_be_scored_has_no_rank_and_comes_last() -> None:
    found = ranked(
        [
            signal("A", excluded=Exclusion.ILLIQUID),
            signal("B", None),
            signal("C", previous_close=Decimal(0)),
            signal("D"),
        ]
    )

    assert [(r.symbol, r.rank) for r in found] == [("D", 1), ("A", None), ("B", None), ("C", None)]
    assert found[1].confidence is not None
    assert found[2].confidence is None
