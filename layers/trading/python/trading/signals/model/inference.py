"""Predictions of a model. Needs numpy.

A prediction depends on its own row alone, bit for bit: sums run over the features, and over the trees, in
their order and never through a routine that adds up differently for more rows.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trading.signals.model.artefact import ModelArtefact, Ridge, Scaling, Trees

Array = NDArray[np.float64]
WEIGHTS_SHOWN = 3


def predict(artefact: ModelArtefact, rows: Array) -> Array:
    """Return the expected return from open to close of each row of features (N, F); NaN rows give NaN."""
    whole = np.isfinite(rows).all(axis=1)
    expected = np.full(len(rows), np.nan)
    expected[whole] = raw(artefact.model, prepared(artefact.scaling, rows[whole])) + artefact.drift
    return expected


def weights_of(artefact: ModelArtefact, row: Array) -> tuple[tuple[str, float], ...]:
    """Return the three features that weigh most in a row's prediction, with what each adds to the return.

    Of weights: coefficient times prepared value. Of trees: what the mean moves by at each node that asks for it.
    """
    prepared_row = prepared(artefact.scaling, row[np.newaxis, :])[0]
    model = artefact.model
    weights = _shares(model, prepared_row) if isinstance(model, Ridge) else _path_shares(model, prepared_row)
    heaviest = np.argsort(-np.abs(weights), kind="stable")[:WEIGHTS_SHOWN]
    return tuple((artefact.features[place], float(weights[place])) for place in heaviest)


def outside_bounds(artefact: ModelArtefact, rows: Array) -> float | None:
    """Return which share of finite rows' features lies outside the bounds of the training; 2 % lay there then."""
    whole = rows[np.isfinite(rows).all(axis=1)]
    if not len(whole):
        return None
    is_outside = (whole < np.asarray(artefact.scaling.low)) | (whole > np.asarray(artefact.scaling.high))
    return float(is_outside.mean())


def prepared(scaling: Scaling, rows: Array) -> Array:
    """Return rows cut to the training's bounds and brought to its scale."""
    cut = np.clip(rows, np.asarray(scaling.low), np.asarray(scaling.high))
    result: Array = (cut - np.asarray(scaling.mean)) / np.asarray(scaling.scale)
    return result


def raw(model: Ridge | Trees, rows: Array) -> Array:
    """Return what a model says of prepared rows, before the drift."""
    return _weighted(model, rows) if isinstance(model, Ridge) else _summed(model, rows)


def _weighted(model: Ridge, rows: Array) -> Array:
    total = np.full(len(rows), model.intercept)
    for place, coefficient in enumerate(model.coefficients):
        total += rows[:, place] * coefficient
    return total


def _summed(model: Trees, rows: Array) -> Array:
    values, leaves = np.asarray(model.value), _leaves(model, rows)
    total = np.zeros(len(rows))
    for tree in range(leaves.shape[1]):
        total += values[leaves[:, tree]]
    return total


def _leaves(model: Trees, rows: Array) -> NDArray[np.intp]:
    """Return the leaf that each row ends at in each tree (N, trees)."""
    feature, threshold = np.asarray(model.feature, dtype=np.intp), np.asarray(model.threshold)
    left, right = np.asarray(model.left, dtype=np.intp), np.asarray(model.right, dtype=np.intp)
    node = np.tile(np.asarray(model.roots, dtype=np.intp), (len(rows), 1))
    row = np.arange(len(rows))[:, np.newaxis]
    while (feature[node] >= 0).any():
        goes_left = rows[row, feature[node]] <= threshold[node]
        node = np.where(goes_left, left[node], right[node])
    return node


def _shares(model: Ridge, row: Array) -> Array:
    result: Array = np.asarray(model.coefficients) * row
    return result


def _path_shares(model: Trees, row: Sequence[float] | Array) -> Array:
    weights = np.zeros(len(row))
    for root in model.roots:
        node = root
        while (feature := model.feature[node]) >= 0:
            after = model.left[node] if row[feature] <= model.threshold[node] else model.right[node]
            weights[feature] += model.value[after] - model.value[node]
            node = after
    return weights
