"""A center kept in memory, with the rules of the real one: one writer at a time, each event once."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from trading.funding.errors import AlreadyHandled
from trading.notifications.models import Center, Device, Notification, Preferences
from trading.notifications.ports import NotificationChange, NotificationPage, NotificationState
from trading.notifications.service import NotificationService
from trading.platform.clock import FixedClock
from trading.platform.errors import StaleRecord

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)


@dataclass
class MemoryStore:
    """Centers and notifications of everybody."""

    centers: dict[str, Center] = field(default_factory=dict)
    kept: dict[str, Notification] = field(default_factory=dict)
    handled: set[str] = field(default_factory=set)
    preferences: dict[str, Preferences] = field(default_factory=dict)

    def load(self, owner: str) -> NotificationState:
        """Return a person's center and preferences."""
        return NotificationState(self.center(owner), self.preferences.get(owner, Preferences(owner)))

    def center(self, owner: str) -> Center:
        """Return a person's center."""
        return self.centers.get(owner, Center(owner))

    def notifications(self, owner: str, notification_ids: tuple[str, ...]) -> tuple[Center, tuple[Notification, ...]]:
        """Return those of some notifications that are a person's."""
        found = (self.kept.get(notification_id) for notification_id in notification_ids)
        return self.center(owner), tuple(
            notification for notification in found if notification is not None and notification.owner == owner
        )

    def page(self, owner: str, *, unread: bool, after: str | None, limit: int) -> tuple[Center, NotificationPage]:
        """Return a person's notifications, newest first."""
        del after
        center = self.center(owner)
        mine = sorted(
            (notification for notification in self.kept.values() if notification.owner == owner),
            key=lambda notification: -notification.seq,
        )
        shown = [notification for notification in mine if not unread or center.read_at(notification) is None]
        return center, NotificationPage(tuple(shown[:limit]), None)

    def count_unread(self, center: Center) -> int:
        """Count what was not read."""
        return sum(
            notification.owner == center.owner and center.read_at(notification) is None
            for notification in self.kept.values()
        )

    def commit(self, change: NotificationChange) -> None:
        """Write a step."""
        if change.event_id in self.handled:
            raise AlreadyHandled
        if self.center(change.center.owner).version != change.center.version:
            raise StaleRecord("somebody wrote first")
        self.centers[change.center.owner] = replace(change.center, version=change.center.version + 1)
        for notification in (*filter(None, (change.new,)), *change.read, *change.changed):
            self.kept[notification.notification_id] = notification
        if change.event_id is not None:
            self.handled.add(change.event_id)

    def save_preferences(self, preferences: Preferences) -> None:
        """Keep preferences."""
        self.preferences[preferences.owner] = preferences

    def devices(self, owner: str) -> tuple[Device, ...]:
        """Return none."""
        del owner
        return ()

    def device(self, owner: str, device_id: str) -> Device | None:
        """Return none."""
        del owner, device_id
        return None

    def save_device(self, device: Device) -> None:
        """Keep none."""

    def delete_device(self, owner: str, device_id: str, *, token: str | None = None) -> None:
        """Forget none."""

    def claim_push(self, notification: Notification, device: Device) -> bool:
        """Claim nothing."""
        del notification, device
        return False

    def release_push(self, notification: Notification, device: Device) -> None:
        """Release nothing."""


def service(store: MemoryStore) -> NotificationService:
    """Return what keeps the centers of a store."""
    return NotificationService(store, FixedClock(NOW))
