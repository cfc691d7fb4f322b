"""Training: what is published, what is judged, and what is counted."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from tests.support.models import (
    SATURDAY,
    FakeArtefacts,
    FakeJudge,
    FakeRegister,
    FakeSamples,
    noisier,
    shorter,
    trainer,
)
from tests.support.samples import planted
from trading.markets.models import Exchange
from trading.signals.figures import Figures
from trading.signals.gate import Verdict
from trading.signals.model.inference import predict
from trading.signals.model.publication import Publication
from trading.signals.model.serving import ModelReader
from trading.signals.model.training import TooFewSamples
from trading.signals.models import BASELINE_MODEL, Source
from trading.signals.validation.walk_forward import LeakSuspected

NASDAQ = Exchange.NASDAQ


def test_a_training_publishes_its_model_with_figures_and_verdict() -> None:
    register, artefacts, judge = FakeRegister(), FakeArtefacts(), FakeJudge()
    samples = FakeSamples(planted(0.1, seed=1))

    result = trainer(samples, register, artefacts, judge).train(NASDAQ, SATURDAY)

    pointer = register.pointers[NASDAQ]
    assert (result.artefact.version, result.publication) == (pointer.version, Publication.PUBLISHED)
    assert pointer.judgement.verdict is Verdict.PROVEN
    assert judge.judged == {(NASDAQ, Source.MODEL): pointer.version, (NASDAQ, Source.BASELINE): BASELINE_MODEL}
    assert register.finished == {NASDAQ: SATURDAY}
    assert samples.asked == [date(2020, 1, 11)]


def test_what_is_served_is_what_was_fitted() -> None:
    register, artefacts, samples = FakeRegister(), FakeArtefacts(), FakeSamples()
    made = trainer(samples, register, artefacts)
    made.train(NASDAQ, SATURDAY)

    served = ModelReader(register, artefacts).load(NASDAQ, schema=1, features=made.schema.features)

    rows = samples.made.features[-50:]
    assert predict(served, rows).tolist() == [float(predict(served, row[np.newaxis, :])[0]) for row in rows]
    assert served.data_hash == samples.made.digest


def test_training_twice_gives_one_version() -> None:
    register, artefacts = FakeRegister(), FakeArtefacts()
    made = trainer(FakeSamples(), register, artefacts)

    first, second = made.train(NASDAQ, SATURDAY), made.train(NASDAQ, SATURDAY)

    assert (first.artefact.version, second.publication) == (second.artefact.version, Publication.UNCHANGED)
    assert len(artefacts.kept) == 1


def test_any_other_number_in_the_data_gives_another_version() -> None:
    register, artefacts = FakeRegister(), FakeArtefacts()
    samples = FakeSamples()
    trainer(samples, register, artefacts).train(NASDAQ, SATURDAY)
    trainer(FakeSamples(noisier(samples.made, 0.0123)), register, artefacts).train(NASDAQ, SATURDAY)

    assert len(artefacts.kept) == 2


def test_refits_are_one_trial_and_configurations_are_counted_for_ever() -> None:
    register, artefacts, samples = FakeRegister(), FakeArtefacts(), FakeSamples()

    for week, penalty in enumerate((0.1, 0.1, 0.5, 0.1)):
        trainer(samples, register, artefacts, penalty=penalty).train(NASDAQ, SATURDAY + timedelta(weeks=week))

    pointer = register.pointers[NASDAQ]
    assert [trial.configuration for trial in register.trials(NASDAQ)] == [
        "schema 1, ridge, penalty 0.1",
        "schema 1, ridge, penalty 0.5",
    ]
    assert pointer.trials == 2
    assert pointer.figures is not None
    assert pointer.figures.trials == 2


def test_a_leak_is_counted_as_a_trial_and_keeps_the_last_model() -> None:
    register, artefacts = FakeRegister(), FakeArtefacts()
    trainer(FakeSamples(), register, artefacts).train(NASDAQ, SATURDAY)
    before = register.pointers[NASDAQ]
    leaked = FakeSamples(planted(0.7, seed=2, names=10, years=3.5))

    with pytest.raises(LeakSuspected):
        trainer(leaked, register, artefacts, penalty=2).train(NASDAQ, SATURDAY + timedelta(weeks=1))

    assert register.pointers[NASDAQ] == before
    assert "schema 1, ridge, penalty 2" in {trial.configuration for trial in register.trials(NASDAQ)}
    assert register.finished[NASDAQ] == SATURDAY


def test_too_little_to_learn_from_keeps_the_last_model() -> None:
    register, artefacts = FakeRegister(), FakeArtefacts()
    few = FakeSamples(planted(0.1, seed=1, names=3, years=1))

    with pytest.raises(TooFewSamples):
        trainer(few, register, artefacts).train(NASDAQ, SATURDAY)

    assert register.pointers == {}


def test_less_than_three_years_make_a_model_without_an_edge() -> None:
    register = FakeRegister()

    result = trainer(FakeSamples(planted(0.1, seed=1, years=2)), register, FakeArtefacts()).train(NASDAQ, SATURDAY)

    assert result.artefact.judgement.verdict is Verdict.NO_EDGE


def test_a_late_training_judges_the_model_that_speaks() -> None:
    register, artefacts, judge, samples = FakeRegister(), FakeArtefacts(), FakeJudge(), FakeSamples()
    late = FakeSamples(shorter(samples.made, 5))
    trainer(samples, register, artefacts, judge).train(NASDAQ, SATURDAY + timedelta(weeks=1))

    result = trainer(late, register, artefacts, judge).train(NASDAQ, SATURDAY)

    assert result.publication is Publication.SUPERSEDED
    assert judge.judged[NASDAQ, Source.MODEL] == register.pointers[NASDAQ].version
    assert trainer(late, register, artefacts).is_finished(NASDAQ, SATURDAY + timedelta(weeks=1))


def test_a_rival_that_publishes_before_the_verdict_is_written_is_judged_too() -> None:
    register, artefacts, samples = FakeRegister(), FakeArtefacts(), FakeSamples()

    class SlowJudge(FakeJudge):
        def judge_training(self, exchange: Exchange, strategy: Source, model: str, figures: Figures) -> None:
            if not self.judged:
                register.pointers[NASDAQ] = replace(register.pointers[NASDAQ], version="rival", revision=2)
            super().judge_training(exchange, strategy, model, figures)

    judge = SlowJudge()
    trainer(samples, register, artefacts, judge).train(NASDAQ, SATURDAY)

    assert judge.judged[NASDAQ, Source.MODEL] == "rival"
