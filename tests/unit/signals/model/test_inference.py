"""Predictions: each row by itself, bit for bit."""

import numpy as np
import pytest

from tests.support.artefacts import artefact, two_trees
from trading.signals.model.artefact import ModelArtefact, Ridge, Trees
from trading.signals.model.inference import heaviest, outside_bounds, predict

ROWS = np.array([[1.0, 0.5], [-9.0, 9.0], [0.0, 1.5], [np.nan, 0.0], [0.5, np.inf]])


def test_weights_are_applied_to_what_was_cut_and_scaled() -> None:
    expected = predict(artefact(), ROWS)

    # 9 is cut to 2: (2 - 0.5) / 2 = 0.75
    assert expected[:3] == pytest.approx([0.0115, 0.0015 - 0.02 - 0.015, 0.0015 - 0.01])


def test_rows_that_are_not_finite_are_not_predicted_and_others_are() -> None:
    assert np.isnan(predict(artefact(), ROWS)).tolist() == [False, False, False, True, True]
    assert np.isnan(predict(artefact(two_trees()), ROWS)).tolist() == [False, False, False, True, True]
    assert predict(artefact(), np.empty((0, 2))).shape == (0,)


def test_trees_add_up_the_leaves_that_a_row_ends_at() -> None:
    expected = predict(artefact(two_trees()), ROWS)

    # prepared: (1, 0), (-2, 0.75), (0, 0.5)
    assert expected[:3].tolist() == [0.001 + 0.003 + 0.0005, -0.01 + 0.003 + 0.0005, -0.01 + 0.003 + 0.0005]


@pytest.mark.parametrize("model", [None, two_trees()], ids=["ridge", "trees"])
def test_a_row_is_predicted_the_same_whatever_is_beside_it(model: Trees | None) -> None:
    found, rows = artefact(model), np.random.Generator(np.random.PCG64(7)).normal(size=(1_001, 2))

    together = predict(found, rows)

    assert [float(predict(found, rows[n : n + 1])[0]) for n in range(0, 1_001, 50)] == together[::50].tolist()
    assert predict(found, np.asfortranarray(rows)).tolist() == together.tolist()


def test_the_features_that_weigh_most_come_first() -> None:
    assert _weights(artefact(), [1.0, 1.5]) == {"calm": 0.01, "wild": -0.01}
    assert list(_weights(artefact(), [0.1, 9.0])) == ["wild", "calm"]


def test_the_weights_of_trees_explain_what_a_row_differs_by_from_the_mean() -> None:
    found = artefact(two_trees())
    row = np.array([1.0, 0.5])

    weights = _weights(found, row.tolist())

    assert weights == pytest.approx({"calm": 0.004 - 0.002, "wild": 0.001 - 0.004 + 0.003})
    start = 0.002 + 0.0
    assert start + sum(weights.values()) + found.drift == pytest.approx(float(predict(found, row[np.newaxis, :])[0]))


@pytest.mark.parametrize("model", [None, two_trees()], ids=["ridge", "trees"])
def test_many_rows_are_explained_as_each_one_is(model: Trees | None) -> None:
    found, rows = artefact(model), np.random.Generator(np.random.PCG64(3)).normal(size=(2_500, 2))

    together = heaviest(found, rows)

    assert len(together) == 2_500
    assert [heaviest(found, rows[n : n + 1])[0] for n in range(0, 2_500, 100)] == together[::100]
    assert heaviest(found, rows[:0]) == []


def test_drift_is_the_share_of_features_outside_the_bounds() -> None:
    assert outside_bounds(artefact(), np.array([[1.0, 3.0], [-2.0, 2.0], [np.nan, 9.0]])) == 0.25
    assert outside_bounds(artefact(), np.array([[np.nan, 9.0]])) is None


def test_a_model_without_weights_says_its_mean() -> None:
    assert predict(artefact(Ridge((0.0, 0.0), 0.002)), ROWS[:1]).tolist() == [0.0025]


def _weights(found: ModelArtefact, row: list[float]) -> dict[str, float]:
    return dict(heaviest(found, np.array([row]))[0])
