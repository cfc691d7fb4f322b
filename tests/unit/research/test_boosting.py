"""Boosted trees: as arrays they say what LightGBM says, to the last bit."""

import numpy as np
import pytest

from research.boosting import TreesFitter, exported
from tests.support.artefacts import artefact
from tests.support.samples import planted
from trading.signals.model.artefact import Trees
from trading.signals.model.fitting import Fitted, fit, scaling_of
from trading.signals.model.inference import Array, prepared, raw

FITTER = TreesFitter(trees=40, leaves=15, min_rows=20)
SAMPLES = planted(0.3, seed=4, names=20, years=1)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(SAMPLES, FITTER)


def test_trees_as_arrays_equal_lightgbm_exactly() -> None:
    rows = prepared(scaling_of(SAMPLES.features), SAMPLES.features)
    booster = FITTER.boost(rows, SAMPLES.labels)
    trees = exported(booster)
    others = np.random.Generator(np.random.PCG64(9)).normal(0, 2, size=(5_000, rows.shape[1]))

    for asked in (rows, others, on_the_edges(trees, rows), np.nextafter(on_the_edges(trees, rows), np.inf)):
        assert raw(trees, asked).tolist() == np.asarray(booster.predict(asked)).tolist()


def on_the_edges(trees: Trees, rows: Array) -> Array:
    """Return rows that lie where a node divides them."""
    edges = rows[: len(trees.feature)].copy()
    for row, (feature, threshold) in zip(edges, zip(trees.feature, trees.threshold, strict=True), strict=False):
        if feature >= 0:
            row[feature] = threshold
    return edges


def test_fitting_twice_gives_the_same_trees(fitted: Fitted) -> None:
    assert fit(SAMPLES, FITTER) == fitted


def test_trees_learn_what_is_planted(fitted: Fitted) -> None:
    unseen = planted(0.3, seed=5, names=20, years=1)

    assert np.corrcoef(fitted.predict(unseen.features), unseen.labels)[0, 1] > 0.2


def test_exported_trees_are_whole_and_a_node_is_the_mean_of_what_is_below(fitted: Fitted) -> None:
    trees = fitted.model
    assert isinstance(trees, Trees)

    trees.check(SAMPLES.features.shape[1])

    assert len(trees.roots) == 40
    assert sum(trees.value[root] for root in trees.roots) == pytest.approx(0, abs=1e-4)


def test_the_artefact_of_300_trees_is_small() -> None:
    many = fit(SAMPLES, TreesFitter(trees=300, min_rows=20))
    assert isinstance(many.model, Trees)

    assert len(artefact(many.model).to_bytes()) < 250_000
