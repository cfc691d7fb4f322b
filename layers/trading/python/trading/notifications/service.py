"""The center: events become notifications, once each; people list, count and mark them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from trading.funding.errors import AlreadyHandled
from trading.notifications.models import MAX_MARKED, Center, Notification
from trading.notifications.ports import NotificationChange, NotificationStore
from trading.notifications.templates import LANGUAGE, LANGUAGES, Template, link_of, text_of, title_of
from trading.platform.clock import Clock
from trading.platform.domain_events import PersonEvent, Received
from trading.platform.observability import count
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class NotificationService:
    """Keeps people's centers. `name_of` returns what a collection is called, or None."""

    store: NotificationStore
    clock: Clock
    name_of: Callable[[str], str | None] = lambda _: None

    @retry_on_stale
    def take(self, event: Received[PersonEvent]) -> str | None:
        """Make a notification of an event, once however often it comes; return its id, or None where nobody wants it.

        What an event resolves is marked so in the same transaction.
        """
        template, record = LANGUAGES[LANGUAGE][type(event.record)], event.record
        state = self.store.load(record.owner)
        if not state.preferences.wants(template.notification_class):
            return None
        notification = self._notification(event, template, state.center)
        resolved = self._load_resolved(state.center, template, record)
        cause = template.opens(record) if template.opens else None
        center = state.center.with_notification(notification, cause)
        gone = template.resolves(record) if template.resolves else None
        open_ = {key: ids for key, ids in center.open.items() if key != gone}
        try:
            self.store.commit(
                NotificationChange(
                    replace(center, open=open_),
                    notification,
                    changed=resolved,
                    event_id=f"notification:{event.event_id}",
                )
            )
        except AlreadyHandled:
            return notification.notification_id
        return notification.notification_id

    @retry_on_stale
    def mark_read(self, owner: str, notification_ids: tuple[str, ...]) -> None:
        """Mark some notifications read (at most 49); ids of nobody or of others change nothing."""
        center, found = self.store.notifications(owner, notification_ids[:MAX_MARKED])
        now = self.clock.now()
        unread = [notification for notification in found if center.read_at(notification) is None]
        if unread:
            read = tuple(replace(notification, read_at=now) for notification in unread)
            self.store.commit(NotificationChange(replace(center, unread=center.unread - len(read)), read=read))

    @retry_on_stale
    def mark_all_read(self, owner: str) -> None:
        """Mark everything read that is there, in one write."""
        center = self.store.center(owner)
        if center.unread:
            all_read = replace(center, unread=0, read_through=center.seq, read_through_at=self.clock.now())
            self.store.commit(NotificationChange(all_read))

    @retry_on_stale
    def verify(self, owner: str) -> int:
        """Hold a person's counter against their notifications, and set it right; return how far it was off."""
        center = self.store.center(owner)
        off = center.unread - self.store.count_unread(center)
        if off:
            count("UnreadCountsOff")
            self.store.commit(NotificationChange(replace(center, unread=center.unread - off)))
        return off

    def _details(self, record: PersonEvent) -> dict[str, str | int]:
        """Return an event's fields, with the name of the portfolio that it speaks of, as far as there is one."""
        details = record.model_dump(mode="json", exclude_none=True)
        collection_id = details.get("collection_id")
        name = self.name_of(str(collection_id)) if collection_id else None
        return details if name is None else {**details, "portfolio_name": name}

    def _notification(self, event: Received[PersonEvent], template: Template, center: Center) -> Notification:
        details, name = self._details(event.record), event.record.name
        data = {"type": name, "link": link_of(template, details), "notification_id": event.event_id}
        data |= {key: str(value) for key, value in details.items() if key.endswith(("_id", "portfolio_name"))}
        return Notification(
            notification_id=event.event_id,
            owner=center.owner,
            seq=center.seq + 1,
            type=name,
            notification_class=template.notification_class,
            title=title_of(template, details),
            text=text_of(template, details),
            data=data,
            created_at=self.clock.now(),
        )

    def _load_resolved(self, center: Center, template: Template, record: PersonEvent) -> tuple[Notification, ...]:
        if template.resolves is None:
            return ()
        ids = center.open.get(template.resolves(record), ())
        if not ids:
            return ()
        _, found = self.store.notifications(center.owner, ids)
        return tuple(
            replace(notification, resolved_at=self.clock.now())
            for notification in found
            if notification.resolved_at is None
        )
