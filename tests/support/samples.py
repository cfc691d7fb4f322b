"""Seeded samples for validation: noise features, one of which knows as much of the return as is asked for."""

from dataclasses import replace

import numpy as np

from trading.signals.model.samples import Samples

FEATURES = 8
VOLATILITY = 0.018
PRICE = 50.0


def planted(
    ic: float, *, seed: int, names: int = 100, years: float = 5, volatility: float = VOLATILITY, mean: float = 0.0
) -> Samples:
    """Return samples whose first feature correlates with the return of its own day by `ic`."""
    random = np.random.Generator(np.random.PCG64(seed))
    first = np.datetime64("2015-01-05")
    days = np.busday_offset(first, np.arange(int(years * 252 * 261 / 252)), roll="forward")
    day = np.repeat(np.arange(len(days)), names)
    features = random.normal(size=(len(day), FEATURES))
    noise = random.normal(size=len(day))
    labels = mean + volatility * (ic * features[:, 0] + np.sqrt(1 - ic**2) * noise)
    constant = np.ones(len(day))
    return Samples(days, day, features, labels, volatility * constant, PRICE * constant, 0.002 * features[:, -1])


def shuffled(samples: Samples, *, seed: int) -> Samples:
    """Return the samples with the returns of their days in another order of days."""
    random = np.random.Generator(np.random.PCG64(seed))
    labels = samples.labels.reshape(len(samples.days), -1)[random.permutation(len(samples.days))].reshape(-1)
    return replace(samples, labels=labels)
