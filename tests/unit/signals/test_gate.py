"""The gate: a strategy trades only while every condition holds; each is tested at its edge."""

import math
from dataclasses import replace
from typing import Any

import pytest

from trading.signals.figures import Figures, LiveFigures
from trading.signals.gate import NEVER_JUDGED, Reason, Verdict, judge

PROVEN = Figures(
    days=250,
    trades=1_000,
    net_bp=8.0,
    net_bp_se=3.0,
    net_t=2.33,
    net_bp_at_half_more=0.01,
    last_year_bp=0.01,
    dsr=0.95,
    trials=3,
)

EDGES: list[tuple[dict[str, Any], Reason]] = [
    ({"days": 249}, Reason.TOO_FEW_DAYS),
    ({"trades": 999}, Reason.TOO_FEW_TRADES),
    ({"net_t": 2.3299}, Reason.NET_NOT_SIGNIFICANT),
    ({"net_bp_at_half_more": 0.0}, Reason.NO_GAIN_AT_HIGHER_COSTS),
    ({"last_year_bp": 0.0}, Reason.NO_GAIN_LAST_YEAR),
    ({"dsr": 0.9499}, Reason.DEFLATED_SHARPE_TOO_LOW),
]


def test_figures_at_every_bound_prove_an_edge() -> None:
    judgement = judge(PROVEN, LiveFigures(sessions=60, net_t=-0.99))

    assert judgement.verdict is Verdict.PROVEN
    assert judgement.because == ()


@pytest.mark.parametrize(("change", "reason"), EDGES)
def test_one_condition_that_fails_closes_the_gate_and_is_named(change: dict[str, Any], reason: Reason) -> None:
    judgement = judge(replace(PROVEN, **change))

    assert judgement.verdict is Verdict.NO_EDGE
    assert [because.code for because in judgement.because] == [reason]
    assert judgement.because[0].message


def test_each_failed_condition_is_named() -> None:
    judgement = judge(Figures(), LiveFigures(sessions=60))

    others = {Reason.NEVER_JUDGED, Reason.NO_DATA, Reason.NOT_PUBLISHED, Reason.PINNED}
    assert {because.code for because in judgement.because} == set(Reason) - others


@pytest.mark.parametrize("name", ["net_t", "net_bp_at_half_more", "last_year_bp", "dsr"])
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_figure_that_is_missing_or_not_finite_proves_nothing(name: str, value: float | None) -> None:
    assert judge(replace(PROVEN, **{name: value})).verdict is Verdict.NO_EDGE  # type: ignore[arg-type]


@pytest.mark.parametrize(("net_t", "proven"), [(-0.999, True), (-1.0, False), (None, False), (math.nan, False)])
def test_live_results_close_the_gate_from_60_sessions_on(net_t: float | None, proven: bool) -> None:
    assert judge(PROVEN, LiveFigures(sessions=60, net_t=net_t)).is_proven is proven


def test_live_results_of_fewer_sessions_close_nothing() -> None:
    assert judge(PROVEN, LiveFigures(sessions=59, net_t=-5.0)).is_proven


def test_what_was_never_judged_has_no_edge() -> None:
    assert judge(None) == NEVER_JUDGED
    assert not NEVER_JUDGED.is_proven
    assert [because.code for because in NEVER_JUDGED.because] == [Reason.NEVER_JUDGED]


def test_figures_come_back_from_json_as_they_went() -> None:
    figures = replace(PROVEN, rank_ic=0.1 + 0.2, r2=math.nan, sharpe=-math.inf)

    assert figures.r2 is None
    assert figures.sharpe is None
    assert Figures.from_json(figures.to_json()) == figures
