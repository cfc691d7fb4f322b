"""What notifications need of the world outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from trading.notifications.models import Centre, Device, Notice, Preferences


@dataclass(frozen=True)
class Desk:
    """A person's centre and preferences, as they were read."""

    centre: Centre
    preferences: Preferences


@dataclass(frozen=True)
class NoticeChange:
    """What one step writes: the centre, a new notice, notices that were read or resolved, the event that led here."""

    centre: Centre
    new: Notice | None = None
    read: tuple[Notice, ...] = ()
    changed: tuple[Notice, ...] = ()
    event_id: str | None = None


@dataclass(frozen=True)
class NoticePage:
    """Notices, newest first, and where the next page starts, if there is one."""

    notices: tuple[Notice, ...]
    next_after: str | None


class NoticeStore(Protocol):
    """Centres, notices, preferences and devices."""

    def desk(self, owner: str) -> Desk:
        """Return a person's centre and preferences, by one request."""
        ...

    def centre(self, owner: str) -> Centre:
        """Return a person's centre."""
        ...

    def notices(self, owner: str, notice_ids: tuple[str, ...]) -> tuple[Centre, tuple[Notice, ...]]:
        """Return a person's centre and those of some notices that are theirs, by one request."""
        ...

    def page(self, owner: str, *, unread: bool, after: str | None, limit: int) -> tuple[Centre, NoticePage]:
        """Return a person's notices, newest first, by two requests."""
        ...

    def count_unread(self, centre: Centre) -> int:
        """Return how many notices there are that were not read, by counting them."""
        ...

    def commit(self, change: NoticeChange) -> None:
        """Write a step in one transaction.

        Raises:
            AlreadyHandled: if the event was handled before.
            StaleRecord: if the centre changed since it was read.
        """
        ...

    def save_preferences(self, preferences: Preferences) -> None:
        """Write what a person wants to hear of."""
        ...

    def devices(self, owner: str) -> tuple[Device, ...]:
        """Return a person's devices."""
        ...

    def device(self, owner: str, device_id: str) -> Device | None:
        """Return one of a person's devices."""
        ...

    def save_device(self, device: Device) -> None:
        """Write a device; a token that somebody (or another device) had moves here.

        A person has at most `MAX_DEVICES`: with one more, the one that was seen longest ago is forgotten.

        Raises:
            StaleRecord: if others write the same device or token all the time.
        """
        ...

    def delete_device(self, owner: str, device_id: str, *, token: str | None = None) -> None:
        """Forget a device and its token; with `token`, only if it still has that one."""
        ...

    def claim_push(self, notice: Notice, device: Device) -> bool:
        """Claim the push of a notice to a device; False if it was claimed before."""
        ...

    def release_push(self, notice: Notice, device: Device) -> None:
        """Give a claim back, of a push that certainly was not sent."""
        ...


class Gone(Exception):
    """Raised when nobody is reached by a token any more."""


class Pusher(Protocol):
    """Whoever brings pushes to devices."""

    def connect(self) -> None:
        """Make sure that pushes can be sent. Raises Unavailable."""
        ...

    def push(self, token: str, title: str, body: str, *, data: Mapping[str, str], badge: int) -> str:
        """Send a push; return its id. Raises Gone, Unavailable (not sent for certain), Refused or OutcomeUnknown."""
        ...
