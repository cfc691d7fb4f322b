"""`make train` on the shipped history: what was measured, and that nothing on it has an edge."""

from pathlib import Path

import numpy as np
import pytest

from research.boosting import TreesFitter
from research.history import shipped_panel
from research.register import FileRegister
from research.train import train
from trading.markets.models import Exchange
from trading.signals.gate import Verdict, judge
from trading.signals.model.artefact import Trial
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.samples import Samples
from trading.signals.model.sampling import sample
from trading.signals.panel import DailyPanel, open_to_close
from trading.signals.validation.walk_forward import LeakSuspected, OutOfSample, walk_forward


@pytest.fixture(scope="module")
def panel() -> DailyPanel:
    return shipped_panel()


@pytest.fixture(scope="module")
def samples(panel: DailyPanel) -> Samples:
    return sample(panel)


@pytest.fixture(scope="module")
def unseen(samples: Samples) -> OutOfSample:
    return walk_forward(samples, RidgeFitter())


def test_the_history_is_what_it_is_described_as(panel: DailyPanel) -> None:
    assert panel.symbols == ("AAPL", "AMZN", "GOOG", "META", "NFLX", "NVDA")
    assert (str(panel.days[0]), str(panel.days[-1]), len(panel)) == ("2013-01-02", "2023-09-21", 2_699)
    assert panel.has_bar.all(), "the empty rows are of one day and no bars"


def test_what_was_really_paid_knows_the_splits(panel: DailyPanel) -> None:
    day = int(np.searchsorted(panel.days, np.datetime64("2014-06-06")))
    paid = dict(zip(panel.symbols, panel.raw_close[day], strict=True))

    assert paid["AAPL"] == pytest.approx(645.57, abs=0.01)  # the last close before 7:1
    assert paid["META"] == pytest.approx(62.50, abs=0.01)
    assert paid["NVDA"] == pytest.approx(19.03, abs=0.01)


def test_a_fall_that_was_real_is_in_it(panel: DailyPanel) -> None:
    day = int(np.searchsorted(panel.days, np.datetime64("2022-02-03")))
    place = panel.symbols.index("META")

    assert panel.close[day, place] / panel.close[day - 1, place] - 1 == pytest.approx(-0.264, abs=0.001)


def test_the_shipped_history_has_no_edge(unseen: OutOfSample) -> None:
    trials = (Trial("baseline"), Trial("ridge", unseen.sharpe))

    model, baseline = unseen.figures(trials), unseen.by_baseline().figures(trials)

    unseen.check()
    assert judge(model).verdict is judge(baseline).verdict is Verdict.NO_EDGE
    assert model.trades > 1_000
    assert abs(model.net_t or 9) < 1.5
    assert (baseline.net_bp or 0) < 0


def test_a_build_that_sees_the_day_itself_is_found_to_leak(panel: DailyPanel, samples: Samples) -> None:
    """Label each window by its own last day: then the features hold what is to be predicted."""
    day_before = open_to_close(panel)[63:-1]
    known = np.array([day_before[row_day][0] for row_day in samples.day])
    leaked = Samples(
        samples.days, samples.day, samples.features, known, samples.volatility, samples.price, samples.baseline
    )

    with pytest.raises(LeakSuspected):
        walk_forward(leaked, RidgeFitter()).check()


def test_a_challenger_that_is_not_proven_does_not_take_over(samples: Samples, tmp_path: Path) -> None:
    register = FileRegister(tmp_path / "models", tmp_path / "trials.json")
    last = samples.between(len(samples.days) - 900, len(samples.days))
    fitters = (RidgeFitter(), TreesFitter(trees=20), TreesFitter(trees=20))

    train(last, register, fitters)

    pointer = register.pointer(Exchange.NASDAQ)
    assert pointer is not None
    assert (pointer.kind, pointer.revision, pointer.trials) == ("ridge", 1, 1)
    assert [trial.configuration for trial in register.trials(Exchange.NASDAQ)] == [
        "schema 1, ridge, penalty 0.1",
        "schema 1, trees, 20 of 15 leaves, rate 0.03, 200 rows a leaf",
    ]
    assert list((tmp_path / "models" / "NASDAQ").glob("*.json.gz"))


@pytest.mark.exhaustive
def test_boosted_trees_have_no_edge_on_the_shipped_history(samples: Samples) -> None:
    found = walk_forward(samples, TreesFitter())

    found.check()
    assert judge(found.figures((Trial("a"), Trial("b"), Trial("c")))).verdict is Verdict.NO_EDGE
