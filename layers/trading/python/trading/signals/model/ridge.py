"""Ridge regression: weights that come closest to the target while they stay small. Needs numpy.

    w = (X'X + a n I)^-1 X'(y - mean y)

The penalty grows with the rows, so that it means the same for one year as for ten.
"""

from dataclasses import dataclass

import numpy as np

from trading.signals.model.artefact import Ridge, Scaling
from trading.signals.model.fitting import BLOCK
from trading.signals.model.inference import Array, prepared

PENALTY = 0.1
DIGITS = 12
"""What is kept of a weight: routines of other machines differ behind it, and an artefact should not."""


@dataclass(frozen=True)
class RidgeFitter:
    """Fits weights with a penalty, as a share of the rows."""

    penalty: float = PENALTY

    @property
    def configuration(self) -> str:
        """Return kind and hyper-parameters."""
        return f"ridge, penalty {self.penalty:g}"

    def fit(self, features: Array, target: Array, scaling: Scaling) -> Ridge:
        """Return the weights of features that come closest to the target."""
        count, width = features.shape
        intercept = float(target.mean())
        squares, products = np.zeros((width, width)), np.zeros(width)
        for begin in range(0, count, BLOCK):
            rows = prepared(scaling, features[begin : begin + BLOCK])
            squares += rows.T @ rows
            products += rows.T @ (target[begin : begin + BLOCK] - intercept)
        weights = np.linalg.solve(squares + self.penalty * count * np.eye(width), products)
        return Ridge(tuple(_rounded(float(weight)) for weight in weights), _rounded(intercept))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
