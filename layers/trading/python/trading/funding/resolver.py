"""The resolver: goes on with whatever waits for the outcome of a request to a partner, by what it is."""

from dataclasses import dataclass
from typing import Protocol

from trading.platform.observability import logger
from trading.platform.people import ACCOUNT, owner_of


class Resumes(Protocol):
    """Whoever can go on with a person's record."""

    def resume(self, owner: str, record_id: str) -> object:
        """Look up what became of a request, or make it again under its key."""
        ...


class ResumesAccount(Protocol):
    """Whoever can go on with opening an account."""

    def resume(self, owner: str) -> object:
        """Go on with it."""
        ...


@dataclass(frozen=True)
class Resolver:
    """Knows who goes on with which record."""

    identity: ResumesAccount
    accounts: ResumesAccount
    banks: Resumes
    items: Resumes
    flows: Resumes

    def resume(self, pk: str, sk: str) -> None:
        """Go on with the record of a row; a row that nobody knows is left to a person by the log."""
        owner, kind, record_id = owner_of(pk), *_split(sk)
        if sk == ACCOUNT:
            self.accounts.resume(owner)
        elif kind == "kyc":
            self.identity.resume(owner)
        elif kind == "bank-account":
            self.banks.resume(owner, record_id)
        elif kind == "bank-item":
            self.items.resume(owner, record_id)
        elif kind == "flow":
            self.flows.resume(owner, record_id)
        else:
            logger.error("nobody resolves this", code="unknown_record")


def _split(sk: str) -> tuple[str, str]:
    kind, _, record_id = sk.partition("#")
    return kind, record_id
