"""Figures of a strategy: what it earned on days it had not seen, with their standard errors.

They are computed by validation (out of sample) and nightly (live), kept as JSON in the artefact and
beside the recommendations, and judged by the gate. A figure that is undefined is None, never NaN or
infinite: those become null in JSON and so None once read. bp is a hundredth of a percent of what was
paid, per trade; an error is one standard error, by day, since trades of a day are one draw.
"""

import math
from dataclasses import dataclass, fields
from datetime import date
from functools import cache

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Figures:
    """What a strategy earned out of sample, by walk-forward validation.

    `rank_ic` is the mean of the daily rank correlations, `r2` against the mean of the training, `net_bp`
    after the broker's costs, `net_bp_at_half_more` after one and a half times these, `net_bp_seed_costs`
    after the seed's, `last_year_bp` the mean of the last 252 sessions after the broker's costs; `sharpe`
    is daily, days without a trade being 0; `trials` are all configurations ever tried on the data.
    """

    days: int = 0
    trades: int = 0
    since: date | None = None
    until: date | None = None
    rank_ic: float | None = None
    rank_ic_se: float | None = None
    rank_ic_t: float | None = None
    r2: float | None = None
    gross_bp: float | None = None
    net_bp: float | None = None
    net_bp_se: float | None = None
    net_t: float | None = None
    net_bp_at_half_more: float | None = None
    net_bp_seed_costs: float | None = None
    net_bp_seed_costs_se: float | None = None
    last_year_bp: float | None = None
    last_year_bp_se: float | None = None
    sharpe: float | None = None
    psr: float | None = None
    dsr: float | None = None
    trials: int = 0

    def __post_init__(self) -> None:
        """Make None of what is not finite."""
        _drop_infinite(self)

    def to_json(self) -> str:
        """Return the figures as JSON."""
        return _figures().dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Figures":
        """Return the figures that JSON holds.

        Raises:
            ValidationError: if it holds something else.
        """
        return _figures().validate_json(text)


@dataclass(frozen=True)
class LiveFigures:
    """What published recommendations came to over the last sessions, traded or not, beside what they promised.

    `sessions` are those with a trade, at most the last 60, from `since` to `until`. `net_bp`, its error and
    `net_t` are as in `Figures`, `hit_rate` is the share of trades that gained after costs. `promised_bp` is the
    mean return that the trades promised, `gross_bp` what came before costs. `slope` says how much of a
    difference between two symbols' promises came: 1 is all of it, 0 none. `feature_drift` is the mean share of
    features outside the bounds of training. These two and `rank_ic` are of the last 60 sessions published, whether
    anything would have been traded or not.
    """

    sessions: int = 0
    trades: int = 0
    since: date | None = None
    until: date | None = None
    net_bp: float | None = None
    net_bp_se: float | None = None
    net_t: float | None = None
    hit_rate: float | None = None
    promised_bp: float | None = None
    gross_bp: float | None = None
    slope: float | None = None
    slope_se: float | None = None
    rank_ic: float | None = None
    rank_ic_se: float | None = None
    feature_drift: float | None = None

    def __post_init__(self) -> None:
        """Make None of what is not finite."""
        _drop_infinite(self)


def _drop_infinite(figures: Figures | LiveFigures) -> None:
    for field in fields(figures):
        value = getattr(figures, field.name)
        if isinstance(value, float) and not math.isfinite(value):
            object.__setattr__(figures, field.name, None)


@cache
def _figures() -> TypeAdapter[Figures]:
    return TypeAdapter(Figures)
