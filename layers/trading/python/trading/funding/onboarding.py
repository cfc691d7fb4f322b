"""Onboarding: from the broker's word about a person to their open trading account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from trading.brokerage.models import KycStatus
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import ForeignEvent
from trading.funding.messages import BrokerEvent
from trading.platform.errors import Unavailable


class IdentityRecord(Protocol):
    """A person's identity check, as far as accounts are concerned."""

    @property
    def owner(self) -> str:
        """Return whose it is."""
        ...

    @property
    def status(self) -> KycStatus:
        """Return its status."""
        ...

    @property
    def user_id(self) -> str | None:
        """Return the person's id at the broker."""
        ...


class Identity(Protocol):
    """The identity checks of people."""

    def identify_owner(self, user_id: str) -> str | None:
        """Return whose a user of the broker is."""
        ...

    def refresh(self, owner: str, event_id: str | None = None) -> IdentityRecord | None:
        """Read a person's check at the broker and keep what it says."""
        ...

    def resume(self, owner: str) -> IdentityRecord | None:
        """Go on with a submission whose outcome is not known."""
        ...

    def settle(self, owner: str) -> object:
        """Note that an approved person's account is being opened: there is nothing left to wait for."""
        ...


class Accounts(Protocol):
    """The trading accounts of people."""

    def ensure(self, owner: str, user_id: str) -> TradingAccount:
        """Have a person's account opened, once."""
        ...

    def apply_event(self, event_id: str, broker_account_id: str, user_id_owner: str | None) -> TradingAccount:
        """Follow an event about an account."""
        ...


@dataclass(frozen=True)
class Onboarding:
    """Follows the broker's events about people and their accounts."""

    identity: Identity
    accounts: Accounts

    def apply(self, event: BrokerEvent) -> None:
        """Follow one event; what nothing hangs on yet (transactions, instruments) is acknowledged.

        Raises:
            ForeignEvent: if the event concerns nothing of ours.
            Unavailable: if the broker cannot be asked, or its user is not known to us yet.
        """
        if event.family in {"users", "kyc"}:
            self._follow(event)
        elif event.family == "accounts":
            account_id = _text(event.payload, "accountID")
            user_id = event.payload.get("userID")
            owner = self.identity.identify_owner(user_id) if isinstance(user_id, str) else None
            self.accounts.apply_event(event.id, account_id, owner)

    def resume(self, owner: str) -> None:
        """Go on with a person's identity check, and with what its approval leads to."""
        self._lead_on(self.identity.resume(owner))

    def _follow(self, event: BrokerEvent) -> None:
        owner = self.identity.identify_owner(_text(event.payload, "userID"))
        if owner is None:
            # The event may be ahead of our own record of the user; what is nobody's ends up parked.
            raise Unavailable("The user is not known yet.")
        self._lead_on(self.identity.refresh(owner, event.id))

    def _lead_on(self, record: IdentityRecord | None) -> None:
        if record is not None and record.status is KycStatus.APPROVED and record.user_id is not None:
            self.accounts.ensure(record.owner, record.user_id)
            self.identity.settle(record.owner)


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise ForeignEvent(f"The event has no {name}.")
    return value
