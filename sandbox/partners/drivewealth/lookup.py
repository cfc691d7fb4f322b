"""How the control plane reaches the broker: whose account is meant, and when it is quiet enough to act."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sandbox.partners.drivewealth.simulator import DriveWealthSimulator
from sandbox.partners.drivewealth.state import Account, User
from trading.platform.people import PersonRow, partition


class Settles(Protocol):
    """The queues."""

    def settle(self, names: Collection[str]) -> object:
        """Wait until nothing is visible or at work in some queues."""
        ...


@dataclass(frozen=True)
class Lookup:
    """The broker behind its queues."""

    broker: DriveWealthSimulator
    queues: Settles

    def user(self, uid: str) -> User:
        """Return a person at the broker.

        Raises:
            LookupError: if the broker does not know them.
        """
        try:
            row = PersonRow.get(partition(uid), "kyc#record", consistent_read=True)
        except PersonRow.DoesNotExist:
            raise LookupError(f"{uid} never submitted anything") from None
        user = self.broker.state.users.get(str(json.loads(str(row.document)).get("user_id")))
        if user is None:
            raise LookupError(f"the broker does not know {uid}")
        return user

    def account(self, uid: str) -> Account:
        """Return a person's account.

        Raises:
            LookupError: if there is none.
        """
        user = self.user(uid)
        accounts = self.broker.state.accounts.values()
        account = next((account for account in accounts if account.user_id == user.user_id), None)
        if account is None:
            raise LookupError("the person has no account")
        return account

    @contextmanager
    def acting(self, names: Collection[str]) -> Iterator[None]:
        """Act at the broker once nothing is under way that leads there, and wait until Tiller has followed."""
        self.queues.settle(names)
        with self.broker.lock:
            yield
            self.broker.keep()
        self.queues.settle(names)
