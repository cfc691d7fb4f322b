"""The pointer: which model of an exchange speaks, with everything that is asked of it but its numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean, stdev

from pydantic import TypeAdapter, ValidationError

from trading.markets.models import Exchange
from trading.signals.figures import Figures
from trading.signals.gate import NEVER_JUDGED, Judgement
from trading.signals.model.artefact import ModelArtefact, ModelKind, digest_of

MIN_BETTER_T = 1.0
"""How many standard errors a challenger must earn more than what it takes over from, on the same days."""


class UnreadablePointer(ValueError):
    """What is kept is no pointer of ours, or one of a later release."""


@dataclass(frozen=True)
class ModelPointer:
    """Which artefact speaks for an exchange. `revision` grows by one with each move; `digest` is of the bytes.

    `until` is the last trade date of the training, `trials` the number of configurations ever tried.
    """

    exchange: Exchange
    version: str
    digest: str
    revision: int
    schema: int
    kind: ModelKind
    configuration: str
    until: date
    trained_at: datetime
    figures: Figures | None = None
    judgement: Judgement = NEVER_JUDGED
    trials: int = 0

    @classmethod
    def to(cls, artefact: ModelArtefact, content: bytes, *, revision: int) -> "ModelPointer":
        """Return the pointer to an artefact of these bytes."""
        return cls(
            exchange=artefact.exchange,
            version=artefact.version,
            digest=digest_of(content),
            revision=revision,
            schema=artefact.schema,
            kind=artefact.kind,
            configuration=artefact.configuration,
            until=artefact.span.until,
            trained_at=artefact.trained_at,
            figures=artefact.figures,
            judgement=artefact.judgement,
            trials=len(artefact.trials),
        )

    def to_json(self) -> str:
        """Return the pointer as JSON."""
        return _POINTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "ModelPointer":
        """Return the pointer that JSON holds.

        Raises:
            UnreadablePointer: if it holds something else.
        """
        try:
            return _POINTER.validate_json(text)
        except ValidationError as error:
            raise UnreadablePointer(type(error).__name__) from error


def is_better(challenger: ModelArtefact, incumbent: ModelArtefact) -> bool:
    """Say whether a challenger earned more on the days that both were measured on, by one standard error at least."""
    before: Mapping[date, float] = dict(incumbent.daily)
    gains = [earned - before[day] for day, earned in challenger.daily if day in before]
    if len(gains) < 2 or not stdev(gains):  # noqa: PLR2004 - one difference has no error
        return False
    return fmean(gains) / (stdev(gains) / math.sqrt(len(gains))) >= MIN_BETTER_T


_POINTER = TypeAdapter(ModelPointer)
