"""A centre kept in memory, with the rules of the real one: one writer at a time, each event once."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from trading.funding.errors import AlreadyHandled
from trading.notifications.models import Centre, Device, Notice, Preferences
from trading.notifications.ports import Desk, NoticeChange, NoticePage
from trading.notifications.service import NoticeService
from trading.platform.clock import FixedClock
from trading.platform.errors import StaleRecord

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)


@dataclass
class MemoryStore:
    """Centres and notices of everybody."""

    centres: dict[str, Centre] = field(default_factory=dict)
    kept: dict[str, Notice] = field(default_factory=dict)
    handled: set[str] = field(default_factory=set)
    preferences: dict[str, Preferences] = field(default_factory=dict)

    def desk(self, owner: str) -> Desk:
        """Return a person's centre and preferences."""
        return Desk(self.centre(owner), self.preferences.get(owner, Preferences(owner)))

    def centre(self, owner: str) -> Centre:
        """Return a person's centre."""
        return self.centres.get(owner, Centre(owner))

    def notices(self, owner: str, notice_ids: tuple[str, ...]) -> tuple[Centre, tuple[Notice, ...]]:
        """Return those of some notices that are a person's."""
        found = (self.kept.get(each) for each in notice_ids)
        return self.centre(owner), tuple(each for each in found if each is not None and each.owner == owner)

    def page(self, owner: str, *, unread: bool, after: str | None, limit: int) -> tuple[Centre, NoticePage]:
        """Return a person's notices, newest first."""
        del after
        centre = self.centre(owner)
        mine = sorted((each for each in self.kept.values() if each.owner == owner), key=lambda each: -each.seq)
        shown = [each for each in mine if not unread or centre.read_at(each) is None]
        return centre, NoticePage(tuple(shown[:limit]), None)

    def count_unread(self, centre: Centre) -> int:
        """Count what was not read."""
        return sum(each.owner == centre.owner and centre.read_at(each) is None for each in self.kept.values())

    def commit(self, change: NoticeChange) -> None:
        """Write a step."""
        if change.event_id in self.handled:
            raise AlreadyHandled
        if self.centre(change.centre.owner).version != change.centre.version:
            raise StaleRecord("somebody wrote first")
        self.centres[change.centre.owner] = replace(change.centre, version=change.centre.version + 1)
        for each in (*filter(None, (change.new,)), *change.read, *change.changed):
            self.kept[each.notice_id] = each
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

    def claim_push(self, notice: Notice, device: Device) -> bool:
        """Claim nothing."""
        del notice, device
        return False

    def release_push(self, notice: Notice, device: Device) -> None:
        """Release nothing."""


def service(store: MemoryStore) -> NoticeService:
    """Return what keeps the centres of a store."""
    return NoticeService(store, FixedClock(NOW))
