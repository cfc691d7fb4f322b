"""Predictions of a model. Needs numpy.

A prediction depends on its own row alone, bit for bit: sums run over the features, and over the trees, in
their order and never through a routine that adds up differently for more rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trading.signals.model.artefact import ModelArtefact, Ridge, Scaling, Trees

Array = NDArray[np.float64]
Places = NDArray[np.intp]
WEIGHTS_SHOWN = 3
BLOCK = 1_000
"""Rows that are explained at a time, so that many trees take little memory."""


def predict(artefact: ModelArtefact, rows: Array) -> Array:
    """Return the expected return from open to close of each row of features (N, F); NaN rows give NaN."""
    whole = np.isfinite(rows).all(axis=1)
    expected = np.full(len(rows), np.nan)
    expected[whole] = raw(artefact.model, prepared(artefact.scaling, rows[whole])) + artefact.drift
    return expected


def heaviest(artefact: ModelArtefact, rows: Array) -> list[tuple[tuple[str, float], ...]]:
    """Return the three features that weigh most in the prediction of each finite row, heaviest first."""
    found: list[tuple[tuple[str, float], ...]] = []
    for begin in range(0, len(rows), BLOCK):
        weights = contributions(artefact, rows[begin : begin + BLOCK])
        order = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, :WEIGHTS_SHOWN]
        names = [[artefact.features[place] for place in places] for places in order.tolist()]
        values = np.take_along_axis(weights, order, axis=1).tolist()
        found += [tuple(zip(*pair, strict=True)) for pair in zip(names, values, strict=True)]
    return found


def contributions(artefact: ModelArtefact, rows: Array) -> Array:
    """Return what each feature adds to the prediction of each finite row (N, F).

    Of weights: coefficient times prepared value. Of trees: what the mean moves by at each node that asks for it.
    """
    model, ready = artefact.model, prepared(artefact.scaling, rows)
    return ready * np.asarray(model.coefficients) if isinstance(model, Ridge) else _path_weights(model, ready)


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


def _leaves(model: Trees, rows: Array) -> Places:
    """Return the leaf that each row ends at in each tree (N, trees)."""
    walk = _Walk.through(model, rows)
    while walk.goes_on:
        walk.step()
    return walk.node


def _path_weights(model: Trees, rows: Array) -> Array:
    values, walk = np.asarray(model.value), _Walk.through(model, rows)
    count, width = rows.shape
    weights = np.zeros(count * width)
    while walk.goes_on:
        before, asked = walk.node, walk.asked
        walk.step()
        moves = values[walk.node] - values[before]
        place = np.arange(count)[:, np.newaxis] * width + np.maximum(asked, 0)  # a leaf moves by nothing
        weights += np.bincount(place.ravel(), weights=moves.ravel(), minlength=count * width)
    return weights.reshape(count, width)


@dataclass
class _Walk:
    """All rows on their way through all trees: `node` is where each is (N, trees)."""

    node: Places
    rows: Array
    feature: Places
    threshold: Array
    left: Places
    right: Places

    @classmethod
    def through(cls, model: Trees, rows: Array) -> "_Walk":
        feature, left, right = (np.asarray(part, dtype=np.intp) for part in (model.feature, model.left, model.right))
        node = np.tile(np.asarray(model.roots, dtype=np.intp), (len(rows), 1))
        return cls(node, rows, feature, np.asarray(model.threshold), left, right)

    @property
    def asked(self) -> Places:
        return self.feature[self.node]

    @property
    def goes_on(self) -> bool:
        return bool((self.asked >= 0).any())

    def step(self) -> None:
        row = np.arange(len(self.rows))[:, np.newaxis]
        goes_left = self.rows[row, self.asked] <= self.threshold[self.node]
        self.node = np.where(goes_left, self.left[self.node], self.right[self.node])
