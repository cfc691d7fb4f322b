"""What identity checks need of the world outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trading.brokerage.models import BrokerUser, IdentityDocument, KycDecision
from trading.kyc.models import KycRecord
from trading.kyc.pictures import Upload
from trading.platform.audit import Audit
from trading.platform.outbox import OutboxEvent


@dataclass(frozen=True)
class KycChange:
    """Everything that one step writes, in one transaction.

    `sealed_tax_id` replaces the person's tax id, `erases_tax_id` deletes it. `registers_user` has the
    person found by their user at the broker. `event_id` is the broker's event that led here, `audit` the
    operator whose decision it is.
    """

    record: KycRecord
    events: tuple[OutboxEvent, ...] = ()
    event_id: str | None = None
    sealed_tax_id: bytes | None = None
    erases_tax_id: bool = False
    registers_user: bool = False
    audit: Audit | None = None


class KycStore(Protocol):
    """The checks of people."""

    def find(self, owner: str) -> KycRecord | None:
        """Return a person's check, strongly consistent."""
        ...

    def commit(self, change: KycChange) -> KycRecord | None:
        """Write a step in one transaction; return the record as written, or None if its event was handled before.

        Raises:
            StaleRecord: if the record changed since it was read.
        """
        ...

    def owner_of(self, user_id: str) -> str | None:
        """Return the owner of a user of the broker."""
        ...

    def owner_of_attempt(self, attempt_id: str) -> str | None:
        """Return the owner of a first submission, by the id of its attempt."""
        ...


class TaxIds(Protocol):
    """Tax ids, sealed."""

    def seal(self, owner: str, tax_id: str) -> bytes:
        """Return the sealed form of a tax id."""
        ...

    def open(self, owner: str) -> str | None:
        """Return a person's tax id. One function alone may."""
        ...


class Uploads(Protocol):
    """The bucket that documents pass through."""

    def ticket(self, upload: Upload) -> "Ticket":
        """Return the request that puts a file in its place."""
        ...

    def inspect(self, upload: Upload) -> "Inspection | None":
        """Return size and first bytes of an uploaded file, or None."""
        ...

    def read(self, upload: Upload) -> bytes | None:
        """Return the file, or None if it is gone."""
        ...

    def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is fine."""
        ...


@dataclass(frozen=True)
class Ticket:
    """A request that puts one file of one type and size where it belongs, for a while."""

    url: str
    headers: Mapping[str, str]
    seconds: int


@dataclass(frozen=True)
class Inspection:
    """What lies in the bucket: its size and its first bytes."""

    content_length: int
    head: bytes


class Submissions(Protocol):
    """The queue of what is to be sent to the broker."""

    def send(self, owner: str) -> None:
        """Have a person's form and documents sent."""
        ...


class IdentityBroker(Protocol):
    """The broker's identity checks."""

    def create_user(self, documents: Sequence[Mapping[str, object]], *, key: str) -> BrokerUser:
        """Create a user. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def update_user(self, user_id: str, documents: Sequence[Mapping[str, object]], *, key: str) -> BrokerUser:
        """Replace a user's documents. Raises Refused, Unavailable or OutcomeUnknown."""
        ...

    def kyc_status(self, user_id: str) -> KycDecision:
        """Return the decision about a user. Raises Refused (`not_found`) or Unavailable."""
        ...

    def user(self, user_id: str) -> BrokerUser:
        """Return a user. Raises Refused (`not_found`) or Unavailable."""
        ...

    def documents_of(self, user_id: str) -> tuple[str, ...]:
        """Return the ids of the pictures that were handed in for a user. Raises Unavailable."""
        ...

    def upload_document(self, user_id: str, document: IdentityDocument, *, key: str) -> str:
        """Hand in a picture; return the broker's id of it. Raises Refused, Unavailable or OutcomeUnknown."""
        ...
