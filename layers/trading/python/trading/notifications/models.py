"""Notifications, what a person's center counts, what they want to hear of, and their devices."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo

MAX_MARKED, MAX_OPEN = 49, 50
MAX_DEVICES = 20


class NotificationClass(StrEnum):
    """What a notification is about, as far as people may choose. Money and compliance cannot be muted."""

    MONEY = "money"
    COMPLIANCE = "compliance"
    ORDERS = "orders"
    SESSIONS = "sessions"
    PRICES = "prices"

    @property
    def is_mutable(self) -> bool:
        """Say whether people may choose not to hear of it."""
        return self not in {NotificationClass.MONEY, NotificationClass.COMPLIANCE}


WANTED_UNASKED: Mapping[NotificationClass, bool] = {
    kind: kind is not NotificationClass.PRICES for kind in NotificationClass
}
"""What people hear of who chose nothing: stops and targets reach those alone who ask for them."""


@dataclass(frozen=True)
class Notification:
    """One notification to a person. `seq` orders a person's notifications; `data` holds a deep link and ids."""

    notification_id: str
    owner: str
    seq: int
    type: str
    notification_class: NotificationClass
    title: str
    text: str
    data: Mapping[str, str]
    created_at: datetime
    read_at: datetime | None = None
    resolved_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True)
class Center:
    """What a person's center counts. Notifications up to `read_through` are read, whatever they say themselves.

    `open` are the notifications of causes that may resolve, by cause.
    """

    owner: str
    seq: int = 0
    unread: int = 0
    read_through: int = 0
    read_through_at: datetime | None = None
    open: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    version: int = 0

    def read_at(self, notification: Notification) -> datetime | None:
        """Return when a notification was read, or None."""
        if notification.read_at is not None:
            return notification.read_at
        return self.read_through_at if notification.seq <= self.read_through else None

    def with_notification(self, notification: Notification, cause: str | None) -> "Center":
        """Return the center with a notification more."""
        open_ = dict(self.open)
        if cause is not None:
            open_[cause] = (*open_.get(cause, ()), notification.notification_id)[-MAX_OPEN:]
        return replace(self, seq=notification.seq, unread=self.unread + 1, open=open_)


@dataclass(frozen=True)
class QuietHours:
    """When a person's devices stay silent but for money and compliance, in their own time."""

    begins: time
    ends: time
    time_zone: str

    def covers(self, moment: datetime) -> bool:
        """Say whether a moment is quiet."""
        now = moment.astimezone(ZoneInfo(self.time_zone)).time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends


@dataclass(frozen=True)
class Preferences:
    """What a person wants to hear of; what they said nothing about is as for everybody."""

    owner: str
    wanted: Mapping[NotificationClass, bool] = field(default_factory=dict)
    quiet: QuietHours | None = None

    def wants(self, notification_class: NotificationClass) -> bool:
        """Say whether notifications of a class reach the person."""
        if not notification_class.is_mutable:
            return True
        return self.wanted.get(notification_class, WANTED_UNASKED[notification_class])

    def is_silent(self, notification_class: NotificationClass, moment: datetime) -> bool:
        """Say whether devices stay silent for a notification at a moment."""
        return notification_class.is_mutable and self.quiet is not None and self.quiet.covers(moment)


@dataclass(frozen=True)
class Device:
    """A device of a person's with the token that it is reached by."""

    owner: str
    device_id: str
    token: str
    platform: str
    last_seen_at: datetime


def token_digest(token: str) -> str:
    """Return what a token is found by."""
    return sha256(token.encode()).hexdigest()
