"""What notifications need of the world outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from trading.notifications.models import Center, Device, Notification, Preferences


@dataclass(frozen=True)
class NotificationState:
    """A person's center and preferences, as they were read."""

    center: Center
    preferences: Preferences


@dataclass(frozen=True)
class NotificationChange:
    """What one step writes: the center, a new notification, those that were read or resolved, and its event."""

    center: Center
    new: Notification | None = None
    read: tuple[Notification, ...] = ()
    changed: tuple[Notification, ...] = ()
    event_id: str | None = None


@dataclass(frozen=True)
class NotificationPage:
    """Notifications, newest first, and where the next page starts, if there is one."""

    notifications: tuple[Notification, ...]
    next_after: str | None


class NotificationStore(Protocol):
    """Centers, notifications, preferences and devices."""

    def load(self, owner: str) -> NotificationState:
        """Return a person's center and preferences, by one request."""
        ...

    def center(self, owner: str) -> Center:
        """Return a person's center."""
        ...

    def notifications(self, owner: str, notification_ids: tuple[str, ...]) -> tuple[Center, tuple[Notification, ...]]:
        """Return a person's center and those of some notifications that are theirs, by one request."""
        ...

    def page(self, owner: str, *, unread: bool, after: str | None, limit: int) -> tuple[Center, NotificationPage]:
        """Return a person's notifications, newest first, by two requests."""
        ...

    def count_unread(self, center: Center) -> int:
        """Return how many notifications there are that were not read, by counting them."""
        ...

    def commit(self, change: NotificationChange) -> None:
        """Write a step in one transaction.

        Raises:
            AlreadyHandled: if the event was handled before.
            StaleRecord: if the center changed since it was read.
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

    def claim_push(self, notification: Notification, device: Device) -> bool:
        """Claim the push of a notification to a device; False if it was claimed before."""
        ...

    def release_push(self, notification: Notification, device: Device) -> None:
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
