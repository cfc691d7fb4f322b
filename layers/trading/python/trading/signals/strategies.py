"""Strategies: what is expected of the symbols that may be bought. Needs numpy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

import numpy as np

from trading.markets.models import Exchange
from trading.signals.baseline import Signals, baseline
from trading.signals.features import FEATURES, SCHEMA, features_of
from trading.signals.model.artefact import ModelArtefact
from trading.signals.model.inference import heaviest, outside_bounds, predict
from trading.signals.models import BASELINE_MODEL, Exclusion, Source, Weight
from trading.signals.panel import DailyPanel
from trading.signals.universe import eligible

WEIGHT_STEP = Decimal("0.00000001")


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a strategy expects of a window's symbols, and by which model.

    `excluded` is with those that it could not score; `weights` are the features that weigh most, by symbol;
    `feature_drift` is the share of features outside the bounds of the model's training.
    """

    model: str
    signals: Signals
    excluded: Mapping[str, Exclusion]
    weights: Mapping[str, tuple[Weight, ...]] = field(default_factory=dict)
    feature_drift: float | None = None


class Strategy(Protocol):
    """Makes forecasts of windows."""

    @property
    def source(self) -> Source:
        """Return the name of the strategy."""
        ...

    def forecast(self, exchange: Exchange, window: DailyPanel, excluded: Mapping[str, Exclusion]) -> Forecast:
        """Return what is expected of a window's symbols; `excluded` says which may not be bought."""
        ...


@dataclass(frozen=True)
class BaselineStrategy:
    """Expects what the last 20 days brought."""

    source: Source = Source.BASELINE

    def forecast(self, exchange: Exchange, window: DailyPanel, excluded: Mapping[str, Exclusion]) -> Forecast:
        """Return the baseline of a window's symbols."""
        del exchange
        return Forecast(BASELINE_MODEL, baseline(window), excluded)


class Models(Protocol):
    """The models that speak for exchanges."""

    def load(self, exchange: Exchange, *, schema: int, features: Sequence[str]) -> ModelArtefact:
        """Return an exchange's model, which takes these features of this schema.

        Raises:
            ModelUnusable: if there is none, it cannot be read, or it takes others.
        """
        ...


@dataclass(frozen=True)
class ModelStrategy:
    """Expects what the trained model predicts of the features; volatility and range are the baseline's."""

    models: Models
    source: Source = Source.MODEL

    def forecast(self, exchange: Exchange, window: DailyPanel, excluded: Mapping[str, Exclusion]) -> Forecast:
        """Return what the model expects of the symbols that may be bought; who cannot be scored is excluded.

        Raises:
            ModelUnusable: if there is no model to predict with.
        """
        artefact = self.models.load(exchange, schema=SCHEMA, features=FEATURES)
        rows = features_of(window, eligible(window, excluded))
        expected = predict(artefact, rows)
        places = np.flatnonzero(np.isfinite(expected))
        scored = [window.symbols[place] for place in places]
        left_out = dict.fromkeys(set(window.symbols) - set(scored), Exclusion.NOT_SCORED)
        weights = map(_weights, heaviest(artefact, rows[places]))
        return Forecast(
            model=artefact.version,
            signals=replace(baseline(window), expected=expected),
            excluded={**left_out, **excluded},
            weights=dict(zip(scored, weights, strict=True)),
            feature_drift=outside_bounds(artefact, rows),
        )


def _weights(found: Iterable[tuple[str, float]]) -> tuple[Weight, ...]:
    return tuple(Weight(feature, Decimal(share).quantize(WEIGHT_STEP)) for feature, share in found)
