"""Fakes of what models are kept in, and a trainer over them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from tests.support.samples import FEATURES, planted
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.signals.figures import Figures
from trading.signals.model.artefact import Trial
from trading.signals.model.fitting import Fitter
from trading.signals.model.pointer import ModelPointer
from trading.signals.model.ports import ArtefactStore, ModelRegister, TrainingJudge
from trading.signals.model.publication import Publisher
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.samples import Samples
from trading.signals.model.training import Schema, Trainer
from trading.signals.models import Source

SATURDAY = datetime(2020, 1, 11, 11, tzinfo=UTC)
SCHEMA = Schema(1, tuple(f"feature_{place}" for place in range(FEATURES)))


@dataclass
class FakeArtefacts:
    """The bucket of artefacts."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, content: bytes) -> None:
        self.kept[key] = content

    def read(self, key: str) -> bytes | None:
        return self.kept.get(key)


@dataclass
class FakeRegister:
    """The register of models."""

    pointers: dict[Exchange, ModelPointer] = field(default_factory=dict)
    tried: dict[tuple[Exchange, str], float | None] = field(default_factory=dict)
    announced: list[str] = field(default_factory=list)
    finished: dict[Exchange, datetime] = field(default_factory=dict)

    def pointer(self, exchange: Exchange) -> ModelPointer | None:
        return self.pointers.get(exchange)

    def move(self, pointer: ModelPointer) -> bool:
        before = self.pointers.get(pointer.exchange)
        if (before.revision if before else 0) != pointer.revision - 1:
            return False
        self.pointers[pointer.exchange] = pointer
        return True

    def announce(self, exchange: Exchange, version: str, at: datetime) -> None:
        self.announced.append(version)

    def note_trial(self, exchange: Exchange, trial: Trial) -> None:
        before = self.tried.get((exchange, trial.configuration))
        self.tried[exchange, trial.configuration] = before if trial.sharpe is None else trial.sharpe

    def finish(self, exchange: Exchange, scheduled_at: datetime) -> None:
        self.finished[exchange] = max(scheduled_at, self.finished.get(exchange, scheduled_at))

    def finished_at(self, exchange: Exchange) -> datetime | None:
        return self.finished.get(exchange)

    def trials(self, exchange: Exchange) -> tuple[Trial, ...]:
        found = sorted((name, sharpe) for (of, name), sharpe in self.tried.items() if of is exchange)
        return tuple(Trial(name, sharpe) for name, sharpe in found)


@dataclass
class FakeJudge:
    """Remembers which model of a strategy was judged last."""

    judged: dict[tuple[Exchange, Source], str] = field(default_factory=dict)

    def judge_training(self, exchange: Exchange, strategy: Source, model: str, figures: Figures) -> None:
        self.judged[exchange, strategy] = model


@dataclass(frozen=True)
class FakeSamples:
    """Samples that do not depend on the day."""

    made: Samples = field(default_factory=lambda: planted(0.1, seed=1, names=10, years=3.5))
    asked: list[date] = field(default_factory=list)

    def samples(self, exchange: Exchange, until: date) -> Samples:
        self.asked.append(until)
        return self.made


def trainer(
    samples: FakeSamples,
    register: ModelRegister,
    artefacts: ArtefactStore,
    judge: TrainingJudge | None = None,
    *,
    penalty: float = 0.1,
    schema: Schema = SCHEMA,
    fitter: Fitter | None = None,
) -> Trainer:
    """Return a trainer of weights on samples."""
    publisher = Publisher(register, artefacts, FixedClock(SATURDAY))
    return Trainer(samples, register, publisher, judge or FakeJudge(), fitter or RidgeFitter(penalty), schema)


def shorter(samples: Samples, days: int) -> Samples:
    """Return samples whose last sessions have not come yet."""
    return samples.between(0, len(samples.days) - days)


def noisier(samples: Samples, value: float) -> Samples:
    """Return samples of which one label is another."""
    labels = samples.labels.copy()
    labels[0] = value
    return replace(samples, labels=labels)
