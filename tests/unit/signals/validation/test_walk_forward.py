"""Walk-forward: an edge that is there is found, one that is not is never, and a leak is a leak."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.samples import planted, shuffled
from trading.signals.gate import Verdict, judge
from trading.signals.model.artefact import Trial
from trading.signals.model.fitting import fit
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.samples import Samples
from trading.signals.validation.folds import folds
from trading.signals.validation.walk_forward import LeakSuspected, OutOfSample, walk_forward

FITTER = RidgeFitter()


def verdict(samples: Samples) -> Verdict:
    found = walk_forward(samples, FITTER)
    found.check()
    return judge(found.figures((Trial(FITTER.configuration),))).verdict


@pytest.mark.parametrize("seed", [1, 2])
def test_a_planted_edge_is_proven(seed: int) -> None:
    assert verdict(planted(0.10, seed=seed)) is Verdict.PROVEN


@pytest.mark.parametrize("seed", range(4))
def test_where_there_is_no_edge_none_is_found(seed: int) -> None:
    assert verdict(planted(0, seed=seed, names=60)) is Verdict.NO_EDGE


@pytest.mark.parametrize("seed", range(3))
def test_an_edge_is_gone_once_the_labels_are_shuffled(seed: int) -> None:
    assert verdict(shuffled(planted(0.10, seed=1, names=60), seed=seed)) is Verdict.NO_EDGE


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(100, 140))
def test_no_edge_is_found_in_many_samples_without_one(seed: int) -> None:
    assert verdict(planted(0, seed=seed, mean=0.0005)) is Verdict.NO_EDGE
    assert verdict(shuffled(planted(0.10, seed=seed), seed=seed)) is Verdict.NO_EDGE


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(200, 220))
def test_a_planted_edge_is_proven_again_and_again(seed: int) -> None:
    assert verdict(planted(0.10, seed=seed)) is Verdict.PROVEN


def test_a_feature_that_knows_the_label_is_a_leak() -> None:
    with pytest.raises(LeakSuspected, match="the prediction"):
        walk_forward(planted(0.74, seed=1, names=20), FITTER).check()


def test_a_feature_that_is_the_label_is_a_leak_though_the_model_does_not_use_it() -> None:
    samples = planted(0, seed=1, names=20, years=1)
    leaked = replace(samples, features=np.column_stack([samples.features, samples.labels]))
    zeros = np.zeros(len(samples))

    with pytest.raises(LeakSuspected, match="feature 8"):
        OutOfSample(leaked, zeros, zeros).check()


def test_predictions_that_know_the_label_are_a_leak() -> None:
    samples = planted(0, seed=1, names=20, years=1)

    with pytest.raises(LeakSuspected, match="the prediction"):
        OutOfSample(samples, samples.labels, np.zeros(len(samples))).check()


def test_no_fold_is_predicted_by_what_saw_it() -> None:
    samples = planted(0.1, seed=3, names=10, years=5)
    before = walk_forward(samples, FITTER)
    fold = list(folds(samples.days))[1]
    changed = samples.labels.copy()
    changed[samples.starts[fold.training_end] :] = 9.0

    after = walk_forward(replace(samples, labels=changed), FITTER)

    rows = slice(0, int(samples.starts[fold.end] - samples.starts[next(folds(samples.days)).first]))
    assert len(before.expected[rows])
    assert after.expected[rows].tolist() == before.expected[rows].tolist()


def test_bounds_and_scales_are_those_of_the_training() -> None:
    samples = planted(0.1, seed=3, names=10, years=5)
    fold = next(folds(samples.days))
    changed = samples.features.copy()
    changed[samples.starts[fold.training_end] :] *= 50

    training = samples.between(0, fold.training_end)
    again = replace(samples, features=changed).between(0, fold.training_end)

    assert fit(training, FITTER) == fit(again, FITTER)


def test_fitting_twice_gives_the_same_numbers() -> None:
    samples = planted(0.05, seed=8, names=30, years=3)

    assert fit(samples, FITTER) == fit(samples, FITTER)


def test_half_of_what_the_market_made_is_expected_again() -> None:
    many = fit(planted(0, seed=8, names=30, years=3, mean=0.001), FITTER)
    few = fit(planted(0, seed=8, names=10, years=3, mean=0.001), FITTER)

    assert many.drift == pytest.approx(0.0005, rel=0.3)
    assert few.drift == 0  # the mean is in the model itself: nothing was taken off


def test_less_than_three_years_have_nothing_out_of_sample() -> None:
    found = walk_forward(planted(0.1, seed=3, names=10, years=2), FITTER)

    assert len(found.samples) == 0
    assert judge(found.figures(())).verdict is Verdict.NO_EDGE


@pytest.mark.parametrize("seed", range(10))
def test_few_days_are_no_leak_by_chance_and_a_leak_is_one_all_the_same(seed: int) -> None:
    samples = planted(0, seed=seed, names=8, years=0.15)
    random = np.random.default_rng(seed)
    of_days = random.normal(size=(len(samples.days), 40))[samples.day]
    honest = replace(samples, features=of_days)
    found = OutOfSample(honest, random.normal(size=len(samples)), np.zeros(len(samples)))

    found.check()
    with pytest.raises(LeakSuspected):
        replace(found, expected=samples.labels).check()
