"""Strategies of back-tests that predict with models: one that is given, or one fitted anew each year. Needs numpy.

A model that was trained on a day has seen what it predicts of it: such a run is in-sample, and says so.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import numpy as np

from trading.markets.models import Exchange
from trading.signals.baseline import baseline
from trading.signals.features import FEATURES, SCHEMA
from trading.signals.model.artefact import ModelArtefact, Span
from trading.signals.model.fitting import Fitter, fit
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.samples import Samples
from trading.signals.model.sampling import sample
from trading.signals.models import Exclusion, Source
from trading.signals.panel import DailyPanel
from trading.signals.strategies import Forecast, ModelStrategy
from trading.signals.validation.folds import folds

NO_MODEL = "none"


@dataclass(frozen=True)
class FixedModel:
    """One model, whatever the exchange."""

    artefact: ModelArtefact

    def load(self, exchange: Exchange, *, schema: int, features: Sequence[str]) -> ModelArtefact:
        """Return the model."""
        del exchange, schema, features
        return self.artefact


def strategy_of(artefact: ModelArtefact) -> ModelStrategy:
    """Return the strategy that predicts by one model."""
    return ModelStrategy(FixedModel(artefact))


def has_seen(artefact: ModelArtefact, since: date) -> bool:
    """Say whether a model was trained on days from one on."""
    return artefact.span.until >= since


@dataclass(frozen=True, eq=False)
class WalkForward:
    """Predicts each day by the last model that was fitted before it; before the first, nothing is scored."""

    begins: tuple[np.datetime64, ...]
    models: tuple[ModelArtefact, ...]
    days: tuple[np.datetime64, ...]
    source: Source = Source.MODEL

    @classmethod
    def on(cls, panel: DailyPanel, exchange: Exchange, fitter: Fitter | None = None) -> "WalkForward":
        """Fit a model for each year of a panel after the first three, on what came before it."""
        samples = sample(panel)
        found = list(_models(samples, exchange, fitter or RidgeFitter()))
        begins, models = tuple(begin for begin, _ in found), tuple(model for _, model in found)
        return cls(begins, models, tuple(samples.days))

    def forecast(self, exchange: Exchange, window: DailyPanel, excluded: Mapping[str, Exclusion]) -> Forecast:
        """Return what the model of the window's trade date expects."""
        place = bisect_right(self.days, window.days[-1])
        model = bisect_right(self.begins, self.days[place]) - 1 if place < len(self.days) else -1
        if model < 0:
            return unscored(window, excluded)
        return strategy_of(self.models[model]).forecast(exchange, window, excluded)


def unscored(window: DailyPanel, excluded: Mapping[str, Exclusion]) -> Forecast:
    """Return the forecast of who has no model yet: nothing is scored."""
    nothing = np.full(len(window.symbols), np.nan)
    signals = replace(baseline(window), expected=nothing)
    return Forecast(NO_MODEL, signals, {**dict.fromkeys(window.symbols, Exclusion.NOT_SCORED), **excluded})


def _models(samples: Samples, exchange: Exchange, fitter: Fitter) -> Iterator[tuple[np.datetime64, ModelArtefact]]:
    for fold in folds(samples.days):
        training = samples.between(0, fold.training_end)
        if len(training):
            yield samples.days[fold.first], _artefact(training, exchange, fitter)


def _artefact(samples: Samples, exchange: Exchange, fitter: Fitter) -> ModelArtefact:
    fitted, last = fit(samples, fitter), samples.date(-1)
    return ModelArtefact(
        exchange=exchange,
        schema=SCHEMA,
        features=FEATURES,
        configuration=f"schema {SCHEMA}, {fitter.configuration}",
        scaling=fitted.scaling,
        model=fitted.model,
        drift=fitted.drift,
        span=Span(samples.date(0), last, len(samples.days), len(samples)),
        data_hash=samples.digest,
        trained_at=datetime.combine(last, time(), UTC),
    ).with_version()
