"""The artefact of a model: everything that predicting takes, and everything that speaks for or against it.

One JSON document, compressed, never a pickle: a model of weights or of trees is a few thousand numbers.
An artefact is read whole or not at all; one that does not add up is unreadable. No numpy here.
"""

import gzip
import hashlib
import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from trading.markets.models import Exchange
from trading.signals.figures import Figures
from trading.signals.gate import NEVER_JUDGED, Judgement

VERSION_DIGITS = 12
CLIP_SHARE = 0.01
"""What is cut off at either end of every feature and of the target, by the training's own quantiles."""


class UnreadableArtefact(ValueError):
    """The bytes are no artefact of ours, or one whose parts do not fit each other."""


class ModelKind(StrEnum):
    """How a model makes a prediction of features."""

    RIDGE = "ridge"
    TREES = "trees"


@dataclass(frozen=True)
class Scaling:
    """How features are prepared, by what the training saw: cut to `low` and `high`, less `mean`, over `scale`."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]


@dataclass(frozen=True)
class Ridge:
    """A weight for each prepared feature."""

    coefficients: tuple[float, ...]
    intercept: float
    kind: Literal["ridge"] = "ridge"

    def check(self, features: int) -> None:
        """Make sure that it is whole.

        Raises:
            UnreadableArtefact: if it is not.
        """
        _demand(len(self.coefficients) == features and _finite([*self.coefficients, self.intercept]), "the weights")


@dataclass(frozen=True)
class Trees:
    """Decision trees whose leaves are added up, all nodes in one list.

    Tree n begins at node `roots[n]`. A node asks whether prepared feature `feature` is at most `threshold`:
    if so it goes to node `left`, else to `right`. A leaf has the feature -1 and goes to itself. `value` is a leaf's
    contribution, and at the other nodes the mean of what is below them.
    """

    roots: tuple[int, ...]
    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]
    kind: Literal["trees"] = "trees"

    def check(self, features: int) -> None:
        """Make sure that it is whole and that every walk ends.

        Raises:
            UnreadableArtefact: if it is not.
        """
        nodes = len(self.feature)
        _demand({len(self.threshold), len(self.left), len(self.right), len(self.value)} == {nodes}, "the nodes")
        _demand(_finite([*self.threshold, *self.value]), "the values")
        _demand(all(0 <= root < nodes for root in self.roots), "the roots")
        _demand(all(-1 <= feature < features for feature in self.feature), "the features of the nodes")
        _demand(all(self._goes_on(node, nodes) for node in range(nodes)), "the order of the nodes")

    def _goes_on(self, node: int, nodes: int) -> bool:
        """Say whether a leaf stays where it is, and another node goes to later ones: so walks end."""
        if self.feature[node] < 0:
            return self.left[node] == self.right[node] == node
        return node < self.left[node] < nodes and node < self.right[node] < nodes


Model = Annotated[Ridge | Trees, Field(discriminator="kind")]


@dataclass(frozen=True)
class Span:
    """What a model was fitted on: the first and last trade date, how many days, and how many rows."""

    since: date
    until: date
    days: int
    rows: int


@dataclass(frozen=True)
class Trial:
    """A configuration that was ever tried on an exchange's data, and its daily Sharpe ratio out of sample.

    A ratio that is None was never found out: the trial counts all the same.
    """

    configuration: str
    sharpe: float | None = None


@dataclass(frozen=True)
class ModelArtefact:
    """A model with its figures and its verdict. `version` changes with anything in it.

    `schema` and `features` say which features it takes, in their order; `drift` is added to what the model says
    (half the mean return of the training); `configuration` names schema, kind and hyper-parameters; `trials`
    are all configurations ever tried; `data_hash` changes with the samples it was trained on; `daily` is what each
    session out of sample earned after costs, by which models are compared.
    """

    exchange: Exchange
    schema: int
    features: tuple[str, ...]
    configuration: str
    scaling: Scaling
    model: Model
    drift: float
    span: Span
    data_hash: str
    trained_at: datetime
    figures: Figures | None = None
    judgement: Judgement = NEVER_JUDGED
    trials: tuple[Trial, ...] = ()
    daily: tuple[tuple[date, float], ...] = ()
    version: str = ""

    @property
    def kind(self) -> ModelKind:
        """Return how it predicts."""
        return ModelKind(self.model.kind)

    @property
    def key(self) -> str:
        """Return where it lies in the bucket."""
        return key_of(self.exchange, self.version)

    def to_bytes(self) -> bytes:
        """Return the artefact as compressed JSON, the same bytes each time."""
        return gzip.compress(_ARTEFACT.dump_json(self), mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> "ModelArtefact":
        """Return the artefact that compressed JSON holds.

        Raises:
            UnreadableArtefact: if it holds none, or its parts do not fit each other.
        """
        try:
            found = _ARTEFACT.validate_json(gzip.decompress(content))
        except (OSError, EOFError, zlib.error, ValidationError, ValueError) as error:
            raise UnreadableArtefact(type(error).__name__) from error
        found.check()
        return found

    def check(self) -> None:
        """Make sure that the parts fit each other.

        Raises:
            UnreadableArtefact: if they do not.
        """
        scaling, count = self.scaling, len(self.features)
        sides = (scaling.low, scaling.high, scaling.mean, scaling.scale)
        _demand(all(len(side) == count and _finite(side) for side in sides), "the scaling")
        _demand(all(scale > 0 for scale in scaling.scale) and math.isfinite(self.drift), "the scales")
        self.model.check(count)

    def with_version(self) -> "ModelArtefact":
        """Return the artefact under the version that follows from its content: equal trainings have equal ones."""
        unnamed = replace(self, version="")
        digest = hashlib.sha256(_ARTEFACT.dump_json(unnamed)).hexdigest()[:VERSION_DIGITS]
        return replace(self, version=f"{self.span.until.isoformat()}-{self.kind}-{digest}")


def key_of(exchange: Exchange, version: str) -> str:
    """Return where an artefact lies in the bucket."""
    return f"models/{exchange.code}/{version}.json.gz"


def digest_of(content: bytes) -> str:
    """Return a text that changes with any byte of an artefact."""
    return hashlib.sha256(content).hexdigest()


def _demand(condition: object, part: str) -> None:
    if not condition:
        raise UnreadableArtefact(f"{part} do not add up")


def _finite(values: Iterable[float] | Sequence[float]) -> bool:
    return all(map(math.isfinite, values))


_ARTEFACT = TypeAdapter(ModelArtefact)
