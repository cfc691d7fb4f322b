"""What models need of the world outside."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from trading.markets.models import Exchange
from trading.signals.figures import Figures
from trading.signals.model.artefact import Trial
from trading.signals.model.pointer import ModelPointer
from trading.signals.models import Source

if TYPE_CHECKING:
    from trading.signals.model.samples import Samples


class ArtefactStore(Protocol):
    """The bytes of artefacts, by their keys; what lies there is never changed."""

    def put(self, key: str, content: bytes) -> None:
        """Keep an artefact; the same once more changes nothing."""
        ...

    def read(self, key: str) -> bytes | None:
        """Return an artefact's bytes, or None if there are none."""
        ...


class ModelRegister(Protocol):
    """Which model of an exchange speaks, and every configuration ever tried."""

    def pointer(self, exchange: Exchange) -> ModelPointer | None:
        """Return the pointer, or None before the first model. One request.

        Raises:
            UnreadablePointer: if it cannot be read.
        """
        ...

    def move(self, pointer: ModelPointer) -> bool:
        """Have a pointer follow the one of the revision before it; return False if that is not there any more."""
        ...

    def announce(self, exchange: Exchange, version: str, at: datetime) -> None:
        """Record that an artefact is about to be kept; it is published only once the pointer is moved to it."""
        ...

    def note_trial(self, exchange: Exchange, trial: Trial) -> None:
        """Record that a configuration is tried, or what came of it; what is known is not forgotten again."""
        ...

    def finish(self, exchange: Exchange, scheduled_at: datetime) -> None:
        """Record that the training of a moment is over, whatever came of it."""
        ...

    def finished_at(self, exchange: Exchange) -> datetime | None:
        """Return the moment of the latest training that is over. One request."""
        ...

    def trials(self, exchange: Exchange) -> tuple[Trial, ...]:
        """Return every configuration ever tried, by name."""
        ...


class TrainingJudge(Protocol):
    """Judges strategies."""

    def judge_training(self, exchange: Exchange, strategy: Source, model: str, figures: Figures) -> object:
        """Judge a model by its figures out of sample, and by what its strategy came to live."""
        ...


class SampleSource(Protocol):
    """Samples to train on."""

    def samples(self, exchange: Exchange, until: date) -> "Samples":
        """Return the samples of the most liquid symbols on trade dates before `until`.

        Raises:
            Unavailable: if the market data cannot be had now.
            Refused: if the provider will not give it.
        """
        ...
