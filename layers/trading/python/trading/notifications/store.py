"""Notifications in DynamoDB, in the `people` table.

center                          counters: notifications so far, unread, read up to
notification#<id>                     a notification
notification-list#<inverted seq>-<id> the order of notifications, newest first
unread#<inverted seq>-<id>      those that were not read one by one
notification-preferences        what is wanted
devices                         counts how often a device was added
device#<id>                     a device; `fcm-token#<digest> | -` leads to whose a token is
push#<notification>#<device>          a push that is claimed
"""

from dataclasses import replace

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from trading.funding.errors import AlreadyHandled
from trading.notifications.models import MAX_DEVICES, Center, Device, Notification, Preferences, token_digest
from trading.notifications.ports import NotificationChange, NotificationPage, NotificationState
from trading.platform.documents import dump, load
from trading.platform.inbox import put_event_once
from trading.platform.people import PersonRow, find_reference, partition, reference_row
from trading.platform.retry import retry_on_stale
from trading.platform.tables import ConditionFailed, Transaction

CENTER, PREFERENCES, DEVICES = "center", "notification-preferences", "devices"
Place = tuple[str, str]
_LAST, _DIGITS = 10**12 - 1, 12


class DynamoNotificationStore:
    """Centers, notifications, preferences and devices."""

    def load(self, owner: str) -> NotificationState:
        """Return a person's center and preferences, by one request."""
        rows = _rows(owner, CENTER, PREFERENCES)
        preferences = load(Preferences, rows[PREFERENCES]) if PREFERENCES in rows else Preferences(owner)
        return NotificationState(_center_in(rows, owner), preferences)

    def center(self, owner: str) -> Center:
        """Return a person's center."""
        try:
            row = PersonRow.get(partition(owner), CENTER, consistent_read=True)
        except PersonRow.DoesNotExist:
            return Center(owner)
        return load(Center, str(row.document))

    def notifications(self, owner: str, notification_ids: tuple[str, ...]) -> tuple[Center, tuple[Notification, ...]]:
        """Return a person's center and those of some notifications that are theirs, by one request."""
        rows = _rows(owner, CENTER, *(f"notification#{notification_id}" for notification_id in notification_ids))
        found = tuple(load(Notification, text) for sk, text in rows.items() if sk.startswith("notification#"))
        return _center_in(rows, owner), found

    def page(self, owner: str, *, unread: bool, after: str | None, limit: int) -> tuple[Center, NotificationPage]:
        """Return a person's notifications, newest first, by two requests."""
        prefix = "unread#" if unread else "notification-list#"
        bounds = PersonRow.sk.between(after or prefix, f"{prefix}~")
        places = [
            str(row.sk)
            for row in PersonRow.query(partition(owner), bounds, limit=limit + 2, consistent_read=True)
            if row.sk != after
        ]
        by_place = {place: place[len(prefix) + _DIGITS + 1 :] for place in places}
        center, found = self.notifications(owner, tuple(by_place.values())[: limit + 1])
        by_id = {notification.notification_id: notification for notification in found}
        wanted = [
            (place, by_id[notification_id]) for place, notification_id in by_place.items() if notification_id in by_id
        ]
        shown = [
            (place, notification)
            for place, notification in wanted
            if not unread or center.read_at(notification) is None
        ]
        # Below the mark everything is read, so unread ones end there.
        more = len(shown) > limit
        page = shown[:limit]
        return center, NotificationPage(tuple(notification for _, notification in page), page[-1][0] if more else None)

    def count_unread(self, center: Center) -> int:
        """Return how many notifications there are that were not read, by counting them."""
        above = f"unread#{_LAST - center.read_through:012d}"
        bounds = PersonRow.sk.between("unread#", above)
        return int(PersonRow.count(partition(center.owner), bounds, consistent_read=True))

    def commit(self, change: NotificationChange) -> None:
        """Write a step in one transaction."""
        transaction, before = Transaction(), change.center.version
        center = replace(change.center, version=before + 1)
        pk = partition(center.owner)
        is_unchanged = PersonRow.version == before if before else PersonRow.pk.does_not_exist()
        transaction.put(
            PersonRow(pk, CENTER, document=dump(center), version=center.version), is_unchanged, label="center"
        )
        if change.new is not None:
            for prefix in ("notification-list#", "unread#"):
                transaction.put(PersonRow(pk, _place(prefix, change.new)))
        for notification in (*filter(None, (change.new,)), *change.read, *change.changed):
            transaction.put(PersonRow(pk, f"notification#{notification.notification_id}", document=dump(notification)))
        for notification in change.read:
            transaction.delete(PersonRow(pk, _place("unread#", notification)))
        if change.event_id is not None:
            put_event_once(transaction, change.event_id)
        try:
            transaction.commit()
        except ConditionFailed as error:
            if "inbox" in error.labels:
                raise AlreadyHandled from error
            raise

    def save_preferences(self, preferences: Preferences) -> None:
        """Write what a person wants to hear of."""
        PersonRow(partition(preferences.owner), PREFERENCES, document=dump(preferences)).save()

    def devices(self, owner: str) -> tuple[Device, ...]:
        """Return a person's devices."""
        rows = PersonRow.query(partition(owner), PersonRow.sk.startswith("device#"), consistent_read=True)
        return tuple(load(Device, str(row.document)) for row in rows)

    def device(self, owner: str, device_id: str) -> Device | None:
        """Return one of a person's devices."""
        row = _device_row(owner, device_id)
        return None if row is None else load(Device, str(row.document))

    @retry_on_stale
    def save_device(self, device: Device) -> None:
        """Write a device; a token that somebody (or another device) had moves here, one it had before is forgotten.

        With one device more than a person may have, the one that was seen longest ago is forgotten.
        """
        rows, place = _rows_of_devices(device.owner), (device.owner, device.device_id)
        before = rows.get(_device_sk(device.device_id))
        had = find_reference("fcm-token", token_digest(device.token))
        transaction = Transaction()
        row = PersonRow(partition(device.owner), _device_sk(device.device_id), document=dump(device))
        transaction.put(row, _unchanged(before), label="device")
        transaction.put(reference_row("fcm-token", token_digest(device.token), *place), _leads_to(had), label="token")
        if before is not None and (old := load(Device, str(before.document))).token != device.token:
            transaction.delete(_token_row(old), _leads_to(place), label="token")
        if had is not None and had != place:
            transaction.delete(PersonRow(partition(had[0]), _device_sk(had[1])))
        if before is None:
            _make_room(transaction, device.owner, rows, freed=had)
        transaction.commit()

    @retry_on_stale
    def delete_device(self, owner: str, device_id: str, *, token: str | None = None) -> None:
        """Forget a device and its token; with `token`, only if it still has that one."""
        row = _device_row(owner, device_id)
        if row is None or token not in {None, load(Device, str(row.document)).token}:
            return
        transaction = Transaction()
        _forget(transaction, row)
        transaction.commit()

    def claim_push(self, notification: Notification, device: Device) -> bool:
        """Claim the push of a notification to a device; False if it was claimed before."""
        try:
            _push_row(notification, device).save(PersonRow.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def release_push(self, notification: Notification, device: Device) -> None:
        """Give a claim back, of a push that certainly was not sent."""
        _push_row(notification, device).delete()


def _rows(owner: str, *sks: str) -> dict[str, str]:
    pk = partition(owner)
    rows = PersonRow.batch_get([(pk, sk) for sk in sks], consistent_read=True)
    return {str(row.sk): str(row.document) for row in rows}


def _center_in(rows: dict[str, str], owner: str) -> Center:
    return load(Center, rows[CENTER]) if CENTER in rows else Center(owner)


def _place(prefix: str, notification: Notification) -> str:
    return f"{prefix}{_LAST - notification.seq:012d}-{notification.notification_id}"


def _device_sk(device_id: str) -> str:
    return f"device#{device_id}"


def _device_row(owner: str, device_id: str) -> PersonRow | None:
    try:
        return PersonRow.get(partition(owner), _device_sk(device_id), consistent_read=True)
    except PersonRow.DoesNotExist:
        return None


def _rows_of_devices(owner: str) -> dict[str, PersonRow]:
    """Return the rows of a person's devices, and the one that counts how often a device was added."""
    rows = PersonRow.query(partition(owner), PersonRow.sk.startswith("device"), consistent_read=True)
    return {str(row.sk): row for row in rows}


def _make_room(transaction: Transaction, owner: str, rows: dict[str, PersonRow], *, freed: Place | None) -> None:
    """Forget whatever is too much beside a device that is added; of two additions at once one reads again."""
    counter = rows.get(DEVICES)
    added = int(counter.version or 0) if counter else 0
    is_unchanged = PersonRow.version == added if counter else PersonRow.pk.does_not_exist()
    transaction.put(PersonRow(partition(owner), DEVICES, version=added + 1), is_unchanged, label="devices")
    moved_on = _device_sk(freed[1]) if freed is not None and freed[0] == owner else None
    there = [row for sk, row in rows.items() if sk not in {DEVICES, moved_on}]
    there.sort(key=lambda row: load(Device, str(row.document)).last_seen_at)
    for row in there[: max(len(there) + 1 - MAX_DEVICES, 0)]:
        _forget(transaction, row)


def _forget(transaction: Transaction, row: PersonRow) -> None:
    device = load(Device, str(row.document))
    transaction.delete(row, _unchanged(row), label="device")
    transaction.delete(_token_row(device), _leads_to((device.owner, device.device_id)), label="token")


def _token_row(device: Device) -> PersonRow:
    return reference_row("fcm-token", token_digest(device.token), device.owner, device.device_id)


def _unchanged(row: PersonRow | None) -> Condition:
    is_unchanged: Condition = PersonRow.pk.does_not_exist() if row is None else PersonRow.document == row.document
    return is_unchanged


def _leads_to(place: Place | None) -> Condition:
    """Return the condition that a token leads to a person's device, or to none."""
    if place is None:
        return PersonRow.pk.does_not_exist()
    owner, device_id = place
    leads: Condition = (PersonRow.status == owner) & (PersonRow.document == device_id)
    return leads


def _push_row(notification: Notification, device: Device) -> PersonRow:
    return PersonRow(partition(notification.owner), f"push#{notification.notification_id}#{device.device_id}")
