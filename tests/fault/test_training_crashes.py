"""A training may die at any line: the last model speaks until the next one is whole, and once more ends it."""

from contextlib import suppress
from datetime import timedelta

import pytest

from tests.support.crashes import Crash, Crashes
from tests.support.models import SATURDAY, FakeSamples, shorter, trainer
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.signals.assessment_store import DynamoAssessmentStore
from trading.signals.assessments import AssessmentService
from trading.signals.model.bucket import BucketArtefacts
from trading.signals.model.serving import ModelReader
from trading.signals.model.store import DynamoModelRegister
from trading.signals.model.training import Trainer
from trading.signals.models import BASELINE_MODEL, Source

pytestmark = pytest.mark.usefixtures("aws")

NASDAQ = Exchange.NASDAQ
NEXT = SATURDAY + timedelta(weeks=1)
REGISTER, ARTEFACTS = DynamoModelRegister(), BucketArtefacts()
SAMPLES = FakeSamples()
EARLIER = FakeSamples(shorter(SAMPLES.made, 5))


def new_trainer(samples: FakeSamples = SAMPLES) -> Trainer:
    return trainer(samples, REGISTER, ARTEFACTS, assessments())


def assessments() -> AssessmentService:
    return AssessmentService(DynamoAssessmentStore(), FixedClock(SATURDAY))


def served() -> str:
    """Read the model that speaks, whole; return its version."""
    return ModelReader(REGISTER, ARTEFACTS).load(NASDAQ, schema=1, features=new_trainer().schema.features).version


def is_judged(version: str) -> bool:
    return assessments().of(NASDAQ, Source.MODEL, version).figures is not None


def test_a_training_that_dies_anywhere_leaves_a_whole_model_and_once_more_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new_trainer(EARLIER).train(NASDAQ, SATURDAY)
    first, crashes = served(), Crashes(monkeypatch)
    sides, versions = 0, {first}

    while not new_trainer().is_finished(NASDAQ, NEXT):
        sides += 1
        crashes.sides, crashes.at = 0, sides
        with suppress(Crash):
            new_trainer().train(NASDAQ, NEXT)
        crashes.at = None

        versions.add(served())
        assert len(versions) <= 2
        assert len(REGISTER.trials(NASDAQ)) == 1

    assert sides > 10
    assert served() != first
    assert is_judged(served())
    assert assessments().of(NASDAQ, Source.BASELINE, BASELINE_MODEL).figures is not None


def test_each_death_is_mended_by_one_more_run(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    new_trainer(EARLIER).train(NASDAQ, SATURDAY)
    sides = crashes.count(lambda: new_trainer().train(NASDAQ, NEXT))
    expected = served()

    for place in range(2, sides, 5):
        at = NEXT + timedelta(weeks=place)
        crashes.die_at(place, lambda at=at: new_trainer().train(NASDAQ, at))  # type: ignore[misc]
        new_trainer().train(NASDAQ, at)

        assert served().rpartition("-")[0] == expected.rpartition("-")[0]
        assert is_judged(served())
        assert new_trainer().is_finished(NASDAQ, at)
