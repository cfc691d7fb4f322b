"""The centre: events become notices, once each; people list, count and mark them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from trading.funding.errors import AlreadyHandled
from trading.notifications.models import MOST_MARKED, Centre, Notice
from trading.notifications.ports import NoticeChange, NoticeStore
from trading.notifications.templates import LANGUAGE, LANGUAGES, Template, link_of, text_of
from trading.platform.clock import Clock
from trading.platform.domain_events import PersonEvent, Received
from trading.platform.observability import count
from trading.platform.retry import retried_when_stale


@dataclass(frozen=True)
class NoticeService:
    """Keeps people's centres. `name_of` returns what a collection is called, or None."""

    store: NoticeStore
    clock: Clock
    name_of: Callable[[str], str | None] = lambda _: None

    @retried_when_stale
    def take(self, event: Received[PersonEvent]) -> str | None:
        """Make a notice of an event, once however often it comes; return its id, or None where nobody wants it.

        What an event resolves is marked so in the same transaction.
        """
        template, record = LANGUAGES[LANGUAGE][type(event.record)], event.record
        desk = self.store.desk(record.owner)
        if not desk.preferences.wants(template.notice_class):
            return None
        notice = self._notice(event, template, desk.centre)
        resolved = self._resolved(desk.centre, template, record)
        cause = template.opens(record) if template.opens else None
        centre = desk.centre.with_notice(notice, cause)
        gone = template.resolves(record) if template.resolves else None
        open_ = {key: ids for key, ids in centre.open.items() if key != gone}
        try:
            self.store.commit(
                NoticeChange(replace(centre, open=open_), notice, changed=resolved, event_id=f"notice:{event.event_id}")
            )
        except AlreadyHandled:
            return notice.notice_id
        return notice.notice_id

    @retried_when_stale
    def mark_read(self, owner: str, notice_ids: tuple[str, ...]) -> None:
        """Mark some notices read (at most 49); ids of nobody or of others change nothing."""
        centre, found = self.store.notices(owner, notice_ids[:MOST_MARKED])
        now = self.clock.now()
        unread = [each for each in found if centre.read_at(each) is None]
        if unread:
            read = tuple(replace(each, read_at=now) for each in unread)
            self.store.commit(NoticeChange(replace(centre, unread=centre.unread - len(read)), read=read))

    @retried_when_stale
    def mark_all_read(self, owner: str) -> None:
        """Mark everything read that is there, in one write."""
        centre = self.store.centre(owner)
        if centre.unread:
            all_read = replace(centre, unread=0, read_through=centre.seq, read_through_at=self.clock.now())
            self.store.commit(NoticeChange(all_read))

    @retried_when_stale
    def verify(self, owner: str) -> int:
        """Hold a person's counter against their notices, and set it right; return how far it was off."""
        centre = self.store.centre(owner)
        off = centre.unread - self.store.count_unread(centre)
        if off:
            count("UnreadCountsOff")
            self.store.commit(NoticeChange(replace(centre, unread=centre.unread - off)))
        return off

    def _details(self, record: PersonEvent) -> dict[str, str | int]:
        """Return an event's fields, with the name of the portfolio that it speaks of, as far as there is one."""
        details = record.model_dump(mode="json", exclude_none=True)
        collection_id = details.get("collection_id")
        name = self.name_of(str(collection_id)) if collection_id else None
        return details if name is None else {**details, "portfolio_name": name}

    def _notice(self, event: Received[PersonEvent], template: Template, centre: Centre) -> Notice:
        details, name = self._details(event.record), event.record.name
        data = {"type": name, "link": link_of(template, details), "notification_id": event.event_id}
        data |= {key: str(value) for key, value in details.items() if key.endswith(("_id", "portfolio_name"))}
        return Notice(
            notice_id=event.event_id,
            owner=centre.owner,
            seq=centre.seq + 1,
            type=name,
            notice_class=template.notice_class,
            title=template.title,
            text=text_of(template, details),
            data=data,
            created_at=self.clock.now(),
        )

    def _resolved(self, centre: Centre, template: Template, record: PersonEvent) -> tuple[Notice, ...]:
        if template.resolves is None:
            return ()
        ids = centre.open.get(template.resolves(record), ())
        if not ids:
            return ()
        _, found = self.store.notices(centre.owner, ids)
        return tuple(replace(each, resolved_at=self.clock.now()) for each in found if each.resolved_at is None)
