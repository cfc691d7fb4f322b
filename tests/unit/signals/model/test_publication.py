"""Publication: who may speak for an exchange, and that whoever is late, or dies, changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from tests.support.artefacts import artefact as made
from tests.support.artefacts import two_trees
from tests.support.models import SATURDAY, FakeArtefacts, FakeRegister
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.platform.errors import StaleRecord
from trading.signals.gate import Judgement, Verdict
from trading.signals.model.artefact import ModelArtefact, Ridge
from trading.signals.model.publication import Publication, Publisher

NASDAQ = Exchange.NASDAQ
DAYS = tuple(made().span.until - timedelta(days=number) for number in range(300))


@dataclass
class Harness:
    register: FakeRegister = field(default_factory=FakeRegister)
    artefacts: FakeArtefacts = field(default_factory=FakeArtefacts)

    def publish(self, artefact: ModelArtefact) -> Publication:
        return Publisher(self.register, self.artefacts, FixedClock(SATURDAY)).publish(artefact)

    @property
    def version(self) -> str:
        return self.register.pointers[NASDAQ].version


def ridge(weight: float = 0.01, *, days_later: int = 0, earned: float = 0.0) -> ModelArtefact:
    found = made(Ridge((weight, -0.02), 0.001))
    span = replace(found.span, until=found.span.until + timedelta(days=days_later))
    return replace(found, span=span, daily=daily(earned)).with_version()


def challenger(verdict: Verdict = Verdict.PROVEN, *, earned: float = 0.001) -> ModelArtefact:
    judged = replace(made(two_trees()), judgement=Judgement(verdict), daily=daily(earned, every=4))
    return replace(judged, configuration="schema 1, trees").with_version()


def daily(earned: float, *, every: int = 2) -> tuple[tuple[date, float], ...]:
    return tuple((day, earned + (0.0001 if place % every < every // 2 else -0.0001)) for place, day in enumerate(DAYS))


def test_the_first_model_speaks() -> None:
    harness, found = Harness(), ridge()

    assert harness.publish(found) is Publication.PUBLISHED

    pointer = harness.register.pointers[NASDAQ]
    assert (pointer.version, pointer.revision, pointer.figures) == (found.version, 1, found.figures)
    assert harness.register.announced == [found.version]
    assert ModelArtefact.from_bytes(harness.artefacts.kept[found.key]) == found


def test_the_same_once_more_changes_nothing() -> None:
    harness = Harness()
    harness.publish(ridge())

    assert harness.publish(ridge()) is Publication.UNCHANGED
    assert harness.register.pointers[NASDAQ].revision == 1


def test_a_refit_takes_its_place_whatever_its_verdict() -> None:
    harness = Harness()
    harness.publish(ridge())

    assert harness.publish(ridge(0.02, days_later=7)) is Publication.PUBLISHED
    assert harness.register.pointers[NASDAQ].revision == 2


def test_a_late_trainer_does_not_bring_back_what_saw_less() -> None:
    harness = Harness()
    harness.publish(ridge(days_later=7))

    assert harness.publish(ridge()) is Publication.SUPERSEDED
    assert harness.publish(challenger()) is Publication.SUPERSEDED
    assert harness.version == ridge(days_later=7).version


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (challenger(), Publication.PUBLISHED),
        (challenger(Verdict.NO_EDGE), Publication.NOT_BETTER),
        (challenger(earned=0.0), Publication.NOT_BETTER),
        (challenger(earned=-0.001), Publication.NOT_BETTER),
    ],
    ids=["proven and better", "better alone", "proven alone", "proven but worse"],
)
def test_another_configuration_has_to_be_proven_and_better(found: ModelArtefact, expected: Publication) -> None:
    harness = Harness()
    harness.publish(ridge())

    assert harness.publish(found) is expected
    assert (harness.version == found.version) is (expected is Publication.PUBLISHED)


def test_days_that_were_not_measured_on_both_sides_compare_nothing() -> None:
    harness, found = Harness(), challenger()
    harness.publish(ridge())
    moved = tuple((day + timedelta(days=5_000), earned) for day, earned in found.daily)

    assert harness.publish(replace(found, daily=moved).with_version()) is Publication.NOT_BETTER


def test_a_proven_challenger_takes_over_from_what_cannot_be_read() -> None:
    harness = Harness()
    harness.publish(ridge())
    harness.artefacts.kept[ridge().key] += b"!"

    assert harness.publish(challenger(earned=-0.001)) is Publication.PUBLISHED


def test_a_model_of_a_new_schema_speaks_at_once_and_one_of_the_old_does_not_come_back() -> None:
    harness, new = Harness(), replace(ridge(), schema=2, configuration="schema 2, ridge").with_version()
    harness.publish(ridge())

    assert harness.publish(new) is Publication.PUBLISHED
    assert harness.publish(ridge(0.03)) is Publication.SUPERSEDED


@dataclass
class BusyArtefacts(FakeArtefacts):
    """A bucket at which a rival publishes whenever something is put there."""

    rival: Callable[[], object] | None = None

    def put(self, key: str, content: bytes) -> None:
        super().put(key, content)
        if self.rival is not None:
            self.rival()


def test_of_two_trainers_at_once_the_one_that_saw_more_speaks() -> None:
    for mine, other in ((0, 7), (7, 0)):
        register, artefacts = FakeRegister(), BusyArtefacts()
        quiet = Harness(register, FakeArtefacts(artefacts.kept))
        artefacts.rival = lambda quiet=quiet, other=other: quiet.publish(ridge(0.5, days_later=other))  # type: ignore[misc]

        Harness(register, artefacts).publish(ridge(days_later=mine))

        assert register.pointers[NASDAQ].until == ridge(days_later=7).span.until


def test_whoever_is_overtaken_again_and_again_stops() -> None:
    register, artefacts = FakeRegister(), BusyArtefacts()
    quiet = Harness(register, FakeArtefacts(artefacts.kept))
    weights = iter(range(1, 100))
    artefacts.rival = lambda: quiet.publish(ridge(next(weights) / 100))

    with pytest.raises(StaleRecord):
        Harness(register, artefacts).publish(ridge(0.999))
