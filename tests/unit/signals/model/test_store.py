"""The register and the bucket, in an AWS of its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.artefacts import artefact
from tests.support.models import SATURDAY
from trading.markets.models import Exchange
from trading.signals.model.artefact import Trial
from trading.signals.model.bucket import BucketArtefacts
from trading.signals.model.pointer import ModelPointer
from trading.signals.model.store import DynamoModelRegister

pytestmark = pytest.mark.usefixtures("aws")

NASDAQ, NYSE = Exchange.NASDAQ, Exchange.NYSE
REGISTER = DynamoModelRegister()


def pointer(revision: int) -> ModelPointer:
    return ModelPointer.to(artefact(), artefact().to_bytes(), revision=revision)


def test_a_pointer_is_read_as_it_was_moved() -> None:
    assert REGISTER.pointer(NASDAQ) is None

    assert REGISTER.move(pointer(1))

    assert REGISTER.pointer(NASDAQ) == pointer(1)
    assert REGISTER.pointer(NYSE) is None


def test_a_pointer_moves_by_one_revision_only() -> None:
    assert not REGISTER.move(pointer(2))
    assert REGISTER.move(pointer(1))
    assert not REGISTER.move(pointer(1))
    assert not REGISTER.move(pointer(3))
    assert REGISTER.move(replace(pointer(2), version="next"))
    assert not REGISTER.move(replace(pointer(2), version="rival"))

    found = REGISTER.pointer(NASDAQ)
    assert found is not None
    assert (found.version, found.revision) == ("next", 2)


def test_what_a_trial_came_to_is_not_forgotten_when_it_is_tried_again() -> None:
    REGISTER.note_trial(NASDAQ, Trial("b"))
    REGISTER.note_trial(NASDAQ, Trial("a"))
    REGISTER.note_trial(NASDAQ, Trial("a", 0.1234567890123456))
    REGISTER.note_trial(NASDAQ, Trial("a"))
    REGISTER.note_trial(NYSE, Trial("c"))

    assert REGISTER.trials(NASDAQ) == (Trial("a", 0.1234567890123456), Trial("b"))


def test_the_latest_training_that_is_over_counts() -> None:
    assert REGISTER.finished_at(NASDAQ) is None

    for weeks in (1, 2, 0):
        REGISTER.finish(NASDAQ, SATURDAY + timedelta(weeks=weeks))

    assert REGISTER.finished_at(NASDAQ) == SATURDAY + timedelta(weeks=2)


def test_artefacts_are_kept_in_the_bucket() -> None:
    store = BucketArtefacts()
    assert store.read(artefact().key) is None

    store.put(artefact().key, artefact().to_bytes())

    assert store.read(artefact().key) == artefact().to_bytes()
