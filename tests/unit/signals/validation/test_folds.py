"""Folds: by date, each after what it was trained on, with sessions between."""

import numpy as np

from trading.signals.validation.folds import EMBARGO, Fold, folds

DAYS = np.busday_offset(np.datetime64("2013-01-02"), np.arange(2_000), roll="forward")


def test_folds_are_years_after_the_first_three() -> None:
    found = list(folds(DAYS))

    assert [str(DAYS[fold.first]) for fold in found] == [
        "2016-01-04",
        "2017-01-02",
        "2018-01-02",
        "2019-01-02",
        "2020-01-02",
    ]
    assert [fold.end for fold in found[:-1]] == [fold.first for fold in found[1:]]
    assert found[-1].end == len(DAYS)


def test_a_training_ends_five_sessions_before_its_fold() -> None:
    assert {fold.first - fold.training_end for fold in folds(DAYS)} == {EMBARGO} == {5}


def test_less_than_three_years_make_no_fold() -> None:
    assert list(folds(DAYS[:780])) == []
    assert list(folds(DAYS[:0])) == []


def test_the_first_day_of_the_fourth_year_makes_one() -> None:
    assert list(folds(DAYS[:784])) == [Fold(training_end=778, first=783, end=784)]
