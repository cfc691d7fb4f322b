"""Samples: the features of training are those of serving, to the last bit, and know nothing of their day."""

import numpy as np
import pytest

from tests.support.models import SATURDAY, FakeArtefacts, FakeRegister, FakeSamples, trainer
from tests.support.panels import changed, random_panel, reversing_panel
from trading.markets.models import Exchange
from trading.signals.baseline import baseline
from trading.signals.features import FEATURES, SCHEMA, WINDOW, window_of
from trading.signals.gate import Verdict
from trading.signals.model.fitting import fit
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.samples import Samples
from trading.signals.model.sampling import sample
from trading.signals.model.serving import ModelReader
from trading.signals.model.training import Schema
from trading.signals.panel import FIELDS, DailyPanel, open_to_close
from trading.signals.strategies import ModelStrategy
from trading.signals.universe import exclusions

NASDAQ = Exchange.NASDAQ
PANEL = random_panel(WINDOW + 120, 25)


@pytest.fixture(scope="module")
def samples() -> Samples:
    return sample(PANEL)


def last_rows(samples: Samples) -> slice:
    return list(samples.by_day())[-1]


def test_each_trade_date_after_a_whole_window_has_its_samples(samples: Samples) -> None:
    assert (len(samples.days), len(samples)) == (120, 120 * 25)
    assert samples.features.shape[1] == len(FEATURES)
    day = PANEL.close[-1] / PANEL.open[-1] - 1
    assert samples.labels[last_rows(samples)].tolist() == day.tolist()
    assert samples.price[last_rows(samples)].tolist() == PANEL.raw_close[-2].tolist()


def test_what_is_served_is_what_was_trained_on_bit_for_bit(samples: Samples) -> None:
    register, artefacts = FakeRegister(), FakeArtefacts()
    made = trainer(FakeSamples(samples), register, artefacts, schema=Schema(SCHEMA, FEATURES))
    made.train(NASDAQ, SATURDAY)
    window = window_of(PANEL, PANEL.days[-1])

    forecast = ModelStrategy(ModelReader(register, artefacts)).forecast(NASDAQ, window, exclusions(window))

    trained = fit(samples, RidgeFitter()).predict(samples.features[last_rows(samples)])
    assert forecast.signals.expected.tobytes() == trained.tobytes()
    assert samples.baseline[last_rows(samples)].tobytes() == baseline(window).expected.tobytes()
    assert samples.volatility[last_rows(samples)].tobytes() == forecast.signals.volatility.tobytes()
    assert forecast.feature_drift is not None
    assert 0 < forecast.feature_drift < 0.2


def test_what_comes_changes_no_sample_but_its_own_labels(samples: Samples) -> None:
    place = WINDOW + 60
    later = changed(PANEL, close=np.where(np.arange(len(PANEL))[:, np.newaxis] >= place, 1.0, PANEL.close))

    again = sample(later)

    known = slice(0, int(samples.starts[61]))
    assert again.features[known].tobytes() == samples.features[known].tobytes()
    assert again.labels[: int(samples.starts[60])].tobytes() == samples.labels[: int(samples.starts[60])].tobytes()


def test_who_was_not_traded_on_a_day_has_no_sample_of_it(samples: Samples) -> None:
    gone = {name: getattr(PANEL, name).copy() for name in ("open", "high", "low", "close", "volume")}
    for values in gone.values():
        values[-1, 3] = np.nan

    again = sample(changed(PANEL, **gone))

    assert len(again) == len(samples) - 1
    assert len(again.days) == len(samples.days)


def test_who_is_not_of_the_universe_has_no_samples() -> None:
    poor = changed(PANEL, factor=np.where(np.arange(25) == 3, 0.01, PANEL.factor))

    assert len(sample(poor)) == 120 * 24


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("ic", "verdict"), [(0.10, Verdict.PROVEN), (0.0, Verdict.NO_EDGE)])
def test_a_reversal_that_is_planted_in_prices_is_proven_and_none_is_not(seed: int, ic: float, verdict: Verdict) -> None:
    assert _verdict(reversing_panel(5 * 252, 100, ic, seed=seed)) is verdict


def _verdict(panel: DailyPanel) -> Verdict:
    made = trainer(FakeSamples(sample(panel)), FakeRegister(), FakeArtefacts(), schema=Schema(SCHEMA, FEATURES))
    return made.train(NASDAQ, SATURDAY).artefact.judgement.verdict


SPLIT_ROW, PLACE = 90, 0


def rows_of(samples: Samples, panel: DailyPanel, place: int = PLACE) -> dict[int, tuple[float, ...]]:
    """Return what was sampled of one symbol, by day: it is found by its labels."""
    labels = open_to_close(panel)[WINDOW:, place]
    found = zip(samples.day, samples.labels, samples.features, samples.baseline, strict=True)
    return {
        int(day): (float(label), *map(float, features), float(expected))
        for day, label, features, expected in found
        if label == labels[day]
    }


def test_an_announced_split_moves_neither_features_nor_labels_nor_who_is_eligible() -> None:
    panel = random_panel(120, 3)
    factor = panel.factor.copy()
    factor[:SPLIT_ROW, PLACE] = 2
    split = changed(panel, factor=factor)

    before, after = sample(panel), sample(split)

    assert rows_of(after, split) == rows_of(before, panel) != {}
    assert np.array_equal(after.features, before.features)
    assert np.array_equal(after.labels, before.labels)
    assert sorted(after.price) != sorted(before.price)


def test_a_split_that_nobody_announced_is_trained_on_by_nothing_that_saw_it() -> None:
    panel = random_panel(120, 3)
    halved = {name: getattr(panel, name).copy() for name in ("open", "high", "low", "close", "volume")}
    for name, array in halved.items():
        array[SPLIT_ROW:, PLACE] *= 2 if name == "volume" else 0.5
    split = changed(panel, **halved)

    known, seen = rows_of(sample(panel), panel), rows_of(sample(split), split)

    spoilt = set(range(SPLIT_ROW + 1 - WINDOW, SPLIT_ROW + 21 - WINDOW))
    assert spoilt & known.keys()
    assert not spoilt & seen.keys()


def test_a_symbol_that_is_listed_no_more_is_sampled_until_its_last_bar_and_not_after() -> None:
    panel = random_panel(120, 3)
    gone = {name: getattr(panel, name).copy() for name in FIELDS}
    for array in gone.values():
        array[SPLIT_ROW:, PLACE] = np.nan
    delisted = changed(panel, **gone)

    known, seen = rows_of(sample(panel), panel), rows_of(sample(delisted), delisted)

    assert seen.keys() == {day for day in known if day < SPLIT_ROW - WINDOW} != set()
