"""Walk-forward validation: each fold predicted by a model that was fitted before it. Needs numpy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from trading.signals.figures import Figures
from trading.signals.model.artefact import Trial
from trading.signals.model.fitting import Fitter, fit
from trading.signals.model.samples import Array, Samples
from trading.signals.validation.folds import folds
from trading.signals.validation.measures import correlation, figures_of
from trading.signals.validation.sharpe import shape_of
from trading.signals.validation.trades import trades_of

MAX_CORRELATION = 0.2
"""Above it, predictions have seen what they predict: honest ones stay under 0.09."""
MAX_ERRORS = 4
"""How many standard errors chance makes of it over few days: symbols of a day move together and count as one."""


class TrainingFailed(Exception):
    """No model can come of these samples; the last one, if any, goes on. `reason` says why in a word."""

    reason = ""


class LeakSuspected(TrainingFailed):
    """Predictions out of sample are better than any honest ones: what is to be predicted is among the features."""

    reason = "leak_suspected"


@dataclass(frozen=True, eq=False)
class OutOfSample:
    """Samples of all folds, what was expected of them, and the mean return of the training before each."""

    samples: Samples
    expected: Array
    means: Array

    @property
    def daily(self) -> Array:
        """Return what each session earned after costs; 0 without trades."""
        return trades_of(self.samples, self.expected).daily()

    @property
    def sharpe(self) -> float | None:
        """Return the daily Sharpe ratio after costs, None where nothing was ever traded."""
        shape = shape_of(self.daily.tolist())
        return shape.sharpe if shape else None

    def dated(self) -> tuple[tuple[date, float], ...]:
        """Return what each session earned, with its date."""
        return tuple((self.samples.date(place), float(earned)) for place, earned in enumerate(self.daily))

    def by_baseline(self) -> "OutOfSample":
        """Return the same samples with what the baseline expects of them."""
        return replace(self, expected=self.samples.baseline)

    def figures(self, trials: Sequence[Trial]) -> Figures:
        """Return the figures, after so many trials."""
        return figures_of(self.samples, self.expected, self.means, trials)

    def check(self) -> None:
        """Make sure that neither the predictions nor a feature know the future.

        Raises:
            LeakSuspected: if one does.
        """
        columns = [("the prediction", self.expected)]
        columns += [(f"feature {place}", column) for place, column in enumerate(self.samples.features.T)]
        days = len(np.unique(self.samples.day))
        bound = max(MAX_CORRELATION, MAX_ERRORS / math.sqrt(days)) if days else MAX_CORRELATION
        for name, column in columns:
            found = correlation(column, self.samples.labels) if len(self.samples) else None
            if found is not None and abs(found) > bound:
                raise LeakSuspected(f"the correlation of {name} with the return is {found:.2f} out of sample")


def walk_forward(samples: Samples, fitter: Fitter) -> OutOfSample:
    """Return predictions of every session after the first three years, none by a model that saw it."""
    expected, means = np.full(len(samples), np.nan), np.full(len(samples), np.nan)
    first = len(samples.days)
    for fold in folds(samples.days):
        training = samples.between(0, fold.training_end)
        if not len(training):
            continue
        first = min(first, fold.first)
        fitted = fit(training, fitter)
        rows = slice(int(samples.starts[fold.first]), int(samples.starts[fold.end]))
        expected[rows] = fitted.predict(samples.features[rows])
        means[rows] = fitted.mean_label
    seen = slice(int(samples.starts[first]), None)
    return OutOfSample(samples.between(first, len(samples.days)), expected[seen], means[seen])
