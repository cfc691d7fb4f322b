"""Any signals at all, any settings, any cash: a plan is made, within its limits, with a reason for the rest."""

from collections.abc import Iterator
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trading.automation.day_trading.planner import Ranking, has_room, plan, rank
from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.portfolios.sessions import Skip
from trading.platform.money import amount_cents
from trading.signals.models import Recommendation

ODD = [
    Decimal(text)
    for text in ("NaN", "sNaN", "Infinity", "-Infinity", "0", "-0", "1e30", "-1e30", "1e-30", "1e999999", "1e-999999")
]
USUAL = st.decimals(Decimal("0.0001"), Decimal(2_000_000), places=6, allow_nan=False)
SMALL = st.decimals(Decimal(-1), Decimal(1), places=8, allow_nan=False)
FIGURES = st.one_of(st.none(), st.sampled_from(ODD), USUAL, SMALL)
PLAUSIBLE = st.builds(
    Recommendation,
    symbol=st.sampled_from([f"S{number:02}" for number in range(30)]),
    predicted_return=st.decimals(Decimal("0.001"), Decimal("0.1"), places=6),
    volatility=st.decimals(Decimal("0.001"), Decimal("0.05"), places=6),
    atr=st.decimals(Decimal(0), Decimal(20), places=4),
    previous_close=st.decimals(Decimal("0.01"), Decimal(2000), places=4),
)
ANY = st.builds(
    Recommendation,
    symbol=st.sampled_from([f"S{number:02}" for number in range(30)]),
    predicted_return=FIGURES,
    volatility=FIGURES,
    atr=FIGURES,
    previous_close=FIGURES,
)
SETTINGS = st.builds(
    DayTradingSettings,
    max_position_percent=st.decimals(Decimal("0.05"), Decimal("0.50"), places=2),
    per_trade_risk_fraction=st.decimals(Decimal("0.005"), Decimal("0.050"), places=3),
    max_recommendations=st.integers(1, 100),
    allow_fractional_shares=st.booleans(),
)


@given(st.lists(st.one_of(ANY, PLAUSIBLE), max_size=40), SETTINGS, st.integers(0, 10**12))
def test_a_plan_of_any_signals_is_sound(signals: list[Recommendation], chosen: DayTradingSettings, cash: int) -> None:
    ranking = rank(signals)

    result = plan(chosen, cash, ranking)

    explained = [order.symbol for order in result.orders] + [skip.symbol for skip in result.skipped]
    explained += [skip.symbol for skip in ranking.reasons[result.chosen :]]
    assert sorted(explained) == sorted({signal.symbol for signal in signals})
    assert len(result.orders) + len(result.skipped) == result.chosen <= chosen.max_recommendations
    spent = sum(amount_cents(order.shares, order.reference_price) for order in result.orders)
    assert spent <= cash + len(result.orders)
    for order in result.orders:
        assert has_room(order.reference_price, order.stop_distance, order.target_distance)
        assert order.shares > 0


@given(st.lists(PLAUSIBLE, max_size=20), ANY)
def test_a_signal_that_makes_no_sense_changes_nothing_for_the_others(
    signals: list[Recommendation], odd: Recommendation
) -> None:
    others = [signal for signal in signals if signal.symbol != odd.symbol]

    assert [c for c in rank([*others, odd]).candidates if c.symbol != odd.symbol] == list(rank(others).candidates)


def test_every_reason_of_the_planner_is_reachable() -> None:
    def reasons(ranking: Ranking) -> Iterator[Skip]:
        yield from (skip.reason for skip in ranking.skipped)

    odd = [
        Recommendation("A", Decimal("NaN"), None, None, Decimal(1)),
        Recommendation("B", Decimal(1), None, None, Decimal(1)),
        Recommendation("C", Decimal("0.01"), None, Decimal(0), Decimal(1)),
    ]

    assert list(reasons(rank(odd))) == [Skip.BAD_SIGNAL, Skip.ABSURD_SIGNAL, Skip.COSTS_TOO_HIGH]
