"""Training: samples in, a validated and judged artefact out. Needs numpy.

A configuration is recorded as tried before anybody sees what it earns: trials count, also those that failed.
The baseline is none of them: nothing of it was ever chosen by what it earns. It is measured against them all.
"""

from dataclasses import dataclass
from datetime import datetime

from trading.markets.models import Exchange
from trading.platform.clock import trading_date
from trading.signals.gate import judge
from trading.signals.model.artefact import ModelArtefact, Span, Trial
from trading.signals.model.fitting import Fitter, fit
from trading.signals.model.ports import ModelRegister, SampleSource, TrainingJudge
from trading.signals.model.publication import Publication, Publisher
from trading.signals.model.samples import Samples
from trading.signals.models import BASELINE_MODEL, Source
from trading.signals.validation.walk_forward import OutOfSample, TrainingFailed, walk_forward

MIN_ROWS = 1_000
ATTEMPTS = 5


class TooFewSamples(TrainingFailed):
    """There is too little to learn from."""

    reason = "too_few_samples"


@dataclass(frozen=True)
class Schema:
    """The features that samples hold: a number that changes with any of them, and their names in order."""

    number: int
    features: tuple[str, ...]


@dataclass(frozen=True)
class Training:
    """A training that is over: its artefact, and what became of that."""

    artefact: ModelArtefact
    publication: Publication


@dataclass(frozen=True)
class Trainer:
    """Trains a kind of model, has it speak where it may, and judges it and the baseline by the same days."""

    source: SampleSource
    register: ModelRegister
    publisher: Publisher
    assessments: TrainingJudge
    fitter: Fitter
    schema: Schema

    def is_finished(self, exchange: Exchange, scheduled_at: datetime) -> bool:
        """Say whether the training of a moment is over, or a later one."""
        finished_at = self.register.finished_at(exchange)
        return finished_at is not None and finished_at >= scheduled_at

    def train(self, exchange: Exchange, scheduled_at: datetime) -> Training:
        """Train on what was known when the training was due, and publish.

        Raises:
            LeakSuspected: if predictions are too good to be honest; nothing is published.
            TooFewSamples: if there is too little to learn from.
            Unavailable: if the market data cannot be had now.
            Refused: if the provider will not give it.
        """
        samples = self.source.samples(exchange, trading_date(scheduled_at))
        unseen = self._validate(exchange, samples)
        artefact = self.artefact(exchange, samples, unseen, scheduled_at)
        published = self.publisher.publish(artefact)
        self._judge_model(exchange)
        self._judge_baseline(exchange, artefact, unseen)
        self.register.finish(exchange, scheduled_at)
        return Training(artefact, published)

    def abandon(self, exchange: Exchange, scheduled_at: datetime) -> None:
        """Record that the training of a moment is over without a model: the last one goes on."""
        self.register.finish(exchange, scheduled_at)

    def artefact(
        self, exchange: Exchange, samples: Samples, unseen: OutOfSample, trained_at: datetime
    ) -> ModelArtefact:
        """Return the model of samples, with its figures and the verdict on them."""
        trials = self.register.trials(exchange)
        figures, fitted = unseen.figures(trials), fit(samples, self.fitter)
        return ModelArtefact(
            exchange=exchange,
            schema=self.schema.number,
            features=self.schema.features,
            configuration=self.configuration,
            scaling=fitted.scaling,
            model=fitted.model,
            drift=fitted.drift,
            span=Span(samples.date(0), samples.date(-1), len(samples.days), len(samples)),
            data_hash=samples.digest,
            trained_at=trained_at,
            figures=figures,
            judgement=judge(figures),
            trials=trials,
            daily=unseen.dated(),
        ).with_version()

    @property
    def configuration(self) -> str:
        """Return the configuration that counts as one trial: schema, kind and hyper-parameters."""
        return f"schema {self.schema.number}, {self.fitter.configuration}"

    def _validate(self, exchange: Exchange, samples: Samples) -> OutOfSample:
        """Return what was predicted out of sample, by a trial that is counted before anybody sees what it earns."""
        if len(samples) < MIN_ROWS:
            raise TooFewSamples(f"{len(samples)} samples; {MIN_ROWS} are the least to learn from")
        self.register.note_trial(exchange, Trial(self.configuration))
        unseen = walk_forward(samples, self.fitter)
        unseen.check()
        self.register.note_trial(exchange, Trial(self.configuration, unseen.sharpe))
        return unseen

    def _judge_baseline(self, exchange: Exchange, artefact: ModelArtefact, unseen: OutOfSample) -> None:
        found = unseen.by_baseline()
        figures = found.figures((*artefact.trials, Trial(BASELINE_MODEL, found.sharpe)))
        self.assessments.judge_training(exchange, Source.BASELINE, BASELINE_MODEL, figures)

    def _judge_model(self, exchange: Exchange) -> None:
        """Judge the model that speaks, whoever trained it; should another one speak by then, that one too."""
        for _ in range(ATTEMPTS):
            pointer = self.register.pointer(exchange)
            if pointer is None or pointer.figures is None:
                return
            self.assessments.judge_training(exchange, Source.MODEL, pointer.version, pointer.figures)
            after = self.register.pointer(exchange)
            if after is not None and after.version == pointer.version:
                return
