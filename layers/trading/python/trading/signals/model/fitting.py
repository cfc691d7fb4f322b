"""Fitting: everything that is learnt from samples, and from nothing but them. Needs numpy.

Features and target are cut at the samples' own 1 and 99 %, features are brought to mean 0 and deviation 1.
The target is the return less the day's mean, on days with at least 20 rows; elsewhere the return itself.
Half the mean of what was taken off is added to predictions again (`drift`): markets rise by day, but not reliably.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trading.signals.model.artefact import CLIP_SHARE, Ridge, Scaling, Trees
from trading.signals.model.inference import Array, prepared, raw
from trading.signals.model.samples import Samples

MIN_ROWS_TO_DEMEAN = 20
DRIFT_SHARE = 0.5
BLOCK = 50_000
"""Rows that are prepared at a time, so that a training never holds its samples twice."""


class Fitter(Protocol):
    """A kind of model with its hyper-parameters."""

    @property
    def configuration(self) -> str:
        """Return kind and hyper-parameters; with the schema they are what counts as a trial."""
        ...

    def fit(self, features: Array, target: Array, scaling: Scaling) -> Ridge | Trees:
        """Return the model of features (R, F), to be prepared by the scaling, that comes closest to the target (R)."""
        ...


@dataclass(frozen=True)
class Fitted:
    """A model, and all that preparing and predicting take besides."""

    scaling: Scaling
    model: Ridge | Trees
    drift: float
    mean_label: float

    def predict(self, features: Array) -> Array:
        """Return the expected returns of finite rows, as `inference.predict` does."""
        expected = np.empty(len(features))
        for begin in range(0, len(features), BLOCK):
            block = slice(begin, begin + BLOCK)
            expected[block] = raw(self.model, prepared(self.scaling, features[block])) + self.drift
        return expected


def fit(samples: Samples, fitter: Fitter) -> Fitted:
    """Return the model of samples, all of it fitted on them alone."""
    target = demeaned(samples)
    drift = DRIFT_SHARE * float((samples.labels - target).mean())
    low, high = np.quantile(target, [CLIP_SHARE, 1 - CLIP_SHARE])
    scaling = scaling_of(samples.features)
    model = fitter.fit(samples.features, np.clip(target, low, high), scaling)
    return Fitted(scaling, model, drift, float(samples.labels.mean()))


def demeaned(samples: Samples) -> Array:
    """Return the labels less their day's mean, where a day has enough of them."""
    target = samples.labels.copy()
    for rows in samples.by_day():
        if rows.stop - rows.start >= MIN_ROWS_TO_DEMEAN:
            target[rows] -= target[rows].mean()
    return target


def scaling_of(features: Array) -> Scaling:
    """Return the bounds, means and deviations of features, one column at a time; a constant one gets the scale 1."""
    columns = [_scale(features[:, place]) for place in range(features.shape[1])]
    low, high, mean, scale = zip(*columns, strict=True)
    return Scaling(low, high, mean, scale)


def _scale(column: Array) -> tuple[float, float, float, float]:
    low, high = np.quantile(column, [CLIP_SHARE, 1 - CLIP_SHARE])
    cut = np.clip(column, low, high)
    deviation = float(cut.std())
    return float(low), float(high), float(cut.mean()), deviation if deviation > 0 else 1.0
