"""A center kept in memory, with the rules of the real one: one writer at a time, each event once."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from trading.funding.errors import AlreadyHandled
from trading.notifications.models import Center, Device, Notification, Preferences
from trading.notifications.ports import Desk, NotificationChange, NotificationPage
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

    def desk(self, owner: str) -> Desk:
        """Return a person's center and preferences."""
        return Desk(self.center(owner), self.preferences.get(owner, Preferences(owner)))

    def center(self, owner: str) -> Center:
        """Return a person's center."""
        return self.centers.get(owner, Center(owner))

    def notifications(self, owner: str, notification_ids: tuple[str, ...]) -> tuple[Center, tuple[Notification, ...]]:
        """Return those of some notifications that are a person's."""
        found = (self.kept.get(notification_id) for notification_id in notification_ids)
        return self.center(owner), tuple(each for each in found if each is not None and each.owner == owner)

    def page(self, owner: str, *, unread: bool, after: str | None, limit: int) -> tuple[Center, NotificationPage]:
        """Return a person's notifications, newest first."""
        del after
        center = self.center(owner)
        mine = sorted((each for each in self.kept.values() if each.owner == owner), key=lambda each: -each.seq)
        shown = [each for each in mine if not unread or center.read_at(each) is None]
        return center, NotificationPage(tuple(shown[:limit]), None)

    def count_unread(self, center: Center) -> int:
        """Count what was not read."""
        return sum(each.owner == center.owner and center.read_at(each) is None for each in self.kept.values())

    def commit(self, change: NotificationChange) -> None:
        """Write a step."""
        if change.event_id in self.handled:
            raise AlreadyHandled
        if self.center(change.center.owner).version != change.center.version:
            raise StaleRecord("somebody wrote first")
        self.centers[change.center.owner] = replace(change.center, version=change.center.version + 1)
        for each in (*filter(None, (change.new,)), *change.read, *change.changed):
            self.kept[each.notification_id] = each
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
