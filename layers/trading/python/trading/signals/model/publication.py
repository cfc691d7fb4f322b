"""Publication: an artefact is announced, kept, and only then pointed at.

    announced ──► in the bucket ──► pointer moved, if it is still the one that was read

Whoever dies between two of these leaves the last pointer as it was, and once more does the same again: equal
trainings have equal versions. Of two trainers at once the second finds another revision, and decides anew.
Who has seen less is never published. A refit of the configuration that speaks takes its place, and so does a
model of another schema, without which there would be none; any other has to be proven, and better on the same days.
"""

from dataclasses import dataclass
from enum import StrEnum

from trading.platform.clock import Clock
from trading.platform.errors import StaleRecord
from trading.signals.model.artefact import ModelArtefact, UnreadableArtefact, digest_of, key_of
from trading.signals.model.pointer import ModelPointer, is_better
from trading.signals.model.ports import ArtefactStore, ModelRegister

ATTEMPTS = 5


class Publication(StrEnum):
    """What became of an artefact."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    NOT_BETTER = "not_better"


@dataclass(frozen=True)
class Publisher:
    """Has an artefact speak for its exchange, where it may."""

    register: ModelRegister
    artefacts: ArtefactStore
    clock: Clock

    def publish(self, artefact: ModelArtefact) -> Publication:
        """Keep an artefact and move the pointer to it, or leave the pointer where it is.

        Raises:
            StaleRecord: if others moved the pointer again and again meanwhile.
        """
        content = artefact.to_bytes()
        for _ in range(ATTEMPTS):
            pointer = self.register.pointer(artefact.exchange)
            decided = self._decide(artefact, pointer)
            if decided is not Publication.PUBLISHED:
                return decided
            self.register.announce(artefact.exchange, artefact.version, self.clock.now())
            self.artefacts.put(artefact.key, content)
            revision = pointer.revision + 1 if pointer else 1
            if self.register.move(ModelPointer.to(artefact, content, revision=revision)):
                return Publication.PUBLISHED
        raise StaleRecord("The model's pointer moved again and again.")

    def _decide(self, artefact: ModelArtefact, pointer: ModelPointer | None) -> Publication:
        if pointer is None:
            return Publication.PUBLISHED
        if pointer.version == artefact.version:
            return Publication.UNCHANGED
        if (artefact.span.until, artefact.schema) < (pointer.until, pointer.schema):
            return Publication.SUPERSEDED
        if pointer.configuration == artefact.configuration or pointer.schema != artefact.schema:
            return Publication.PUBLISHED
        return Publication.PUBLISHED if self._beats(artefact, pointer) else Publication.NOT_BETTER

    def _beats(self, challenger: ModelArtefact, pointer: ModelPointer) -> bool:
        incumbent = read_artefact(self.artefacts, pointer)
        return challenger.judgement.is_proven and (incumbent is None or is_better(challenger, incumbent))


def read_artefact(artefacts: ArtefactStore, pointer: ModelPointer) -> ModelArtefact | None:
    """Return the artefact that is pointed at, or None if it is not there, not what was kept, or another one."""
    content = artefacts.read(key_of(pointer.exchange, pointer.version))
    if content is None or digest_of(content) != pointer.digest:
        return None
    try:
        found = ModelArtefact.from_bytes(content)
    except UnreadableArtefact:
        return None
    is_meant = (found.exchange, found.version) == (pointer.exchange, pointer.version)
    return found if is_meant else None
