"""Serving: the model that speaks for an exchange, whole and of our schema, or none at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from trading.markets.models import Exchange
from trading.signals.model.artefact import ModelArtefact
from trading.signals.model.pointer import UnreadablePointer
from trading.signals.model.ports import ArtefactStore, ModelRegister
from trading.signals.model.publication import read_artefact


class ModelUnusable(Exception):
    """There is no model to predict with; `reason` says why in a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ModelReader:
    """Reads the model that speaks. It fails closed: what is not certain to be right is not used."""

    register: ModelRegister
    artefacts: ArtefactStore

    def load(self, exchange: Exchange, *, schema: int, features: Sequence[str]) -> ModelArtefact:
        """Return the model, which takes these features of this schema.

        Raises:
            ModelUnusable: if there is none, it cannot be read, or it takes others.
        """
        try:
            pointer = self.register.pointer(exchange)
        except UnreadablePointer as error:
            raise ModelUnusable("unreadable") from error
        if pointer is None:
            raise ModelUnusable("never_trained")
        artefact = read_artefact(self.artefacts, pointer)
        if artefact is None:
            raise ModelUnusable("unreadable")
        if (artefact.schema, artefact.features) != (schema, tuple(features)):
            raise ModelUnusable("other_schema")
        return artefact
