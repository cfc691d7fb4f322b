"""Recommendations: what the strategy may buy on a trading date."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from trading.markets.models import Exchange
from trading.signals.figures import Figures, LiveFigures
from trading.signals.gate import NEVER_JUDGED, Edge, Judgement

BASELINE_MODEL = "baseline-1"
"""The name of the baseline's rules: another one once they change, since figures belong to what they were taken of."""


class Source(StrEnum):
    """Who made a day's recommendations. What was pinned is never overwritten by what was computed."""

    BASELINE = "baseline"
    MODEL = "model"
    PINNED = "pinned"


class Exclusion(StrEnum):
    """Why a symbol may not be bought whatever its signal says."""

    NO_RECENT_BAR = "no_recent_bar"
    TOO_FEW_BARS = "too_few_bars"
    BAD_BARS = "bad_bars"
    UNADJUSTED_SPLIT = "unadjusted_split"
    PRICE_TOO_LOW = "price_too_low"
    VOLUME_TOO_LOW = "volume_too_low"
    RARELY_TRADED = "rarely_traded"
    ILLIQUID = "illiquid"
    TOO_CALM = "too_calm"
    NOT_SCORED = "not_scored"


@dataclass(frozen=True)
class Weight:
    """A feature, and what it adds to the expected return."""

    feature: str
    contribution: Decimal


@dataclass(frozen=True)
class Recommendation:
    """One symbol's signal for a day. A figure that is missing or not finite is None.

    `predicted_return` is the return expected from open to close (0.01 is one percent), `volatility`
    the standard deviation of daily returns, `atr` the 14-day average true range in dollars,
    `previous_close` the last close before the trade date, `dollars_20` the median of a day's trade in dollars
    over the last 20 sessions, where all of them are on file. What is published has its scores too: its `rank`
    among all that may be bought, its confidence, where stop and target lie around the previous close, and
    the three features that weigh most; what is pinned has none of these.
    """

    symbol: str
    predicted_return: Decimal | None
    volatility: Decimal | None
    atr: Decimal | None
    previous_close: Decimal | None
    excluded: Exclusion | None = None
    rank: int | None = None
    confidence: Decimal | None = None
    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    weights: tuple[Weight, ...] = ()
    dollars_20: Decimal | None = None


@dataclass(frozen=True)
class Assessment:
    """What is known of the strategy behind recommendations: its model, the verdict, and the figures it rests on.

    `figures` are out of sample, `live` of what was published; `judged_at` is None before any judgement.
    `revision` counts the judgements.
    """

    model: str
    judgement: Judgement = NEVER_JUDGED
    figures: Figures | None = None
    live: LiveFigures | None = None
    judged_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True)
class LiveDay:
    """What the recommendations of a day came to, each bought at the open and sold at the close.

    `gross`, `net` and `promised` are sums of returns over the `trades` that the live rule makes of them, `gained`
    counts those above 0 after costs. `shared_spread` and `own_spread` are the sums behind the slope of what came
    on what was promised, over all that were recommended; `rank_ic` is their rank correlation.
    """

    trade_date: date
    model: str
    recommended: int
    trades: int
    gained: int
    gross: float
    net: float
    promised: float
    shared_spread: float
    own_spread: float
    rank_ic: float | None = None
    feature_drift: float | None = None


@dataclass(frozen=True)
class GateChange:
    """A strategy whose verdict became another one, with the revision of its assessment that says so."""

    exchange: Exchange
    strategy: Source
    model: str
    judgement: Judgement
    at: datetime
    revision: int = 0


@dataclass(frozen=True)
class SignalSet:
    """All recommendations of an exchange for a trade date. `version` changes with the content and the verdict.

    Recommendations that are pinned have no assessment. `feature_drift` is the share of features that lay outside
    the bounds of the model's training, None where there are none.
    """

    exchange: Exchange
    trade_date: date
    source: Source
    version: str
    recommendations: tuple[Recommendation, ...]
    assessment: Assessment | None = None
    feature_drift: float | None = None

    @property
    def edge(self) -> Edge | None:
        """Return the mark of the recommendations; what nobody judged is unproven, what is pinned bears none."""
        if self.source is Source.PINNED:
            return None
        return self.assessment.judgement.edge if self.assessment else Edge.UNPROVEN


def version_of(recommendations: Iterable[Recommendation], assessment: Assessment | None = None) -> str:
    """Return a text that changes with the recommendations, the model and the verdict."""
    judged = (assessment.model, assessment.judgement) if assessment else ()
    return hashlib.sha256(repr((tuple(recommendations), *judged)).encode()).hexdigest()[:16]
