"""Notifications in DynamoDB, in the `people` table.

centre                          counters: notices so far, unread, read up to
notice#<id>                     a notice
notice-list#<inverted seq>-<id> the order of notices, newest first
unread#<inverted seq>-<id>      those that were not read one by one
notification-preferences        what is wanted
devices                         counts how often a device was added
device#<id>                     a device; `fcm-token#<digest> | -` tells whose a token is
push#<notice>#<device>          a push that is claimed
"""

from dataclasses import replace

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from trading.funding.errors import AlreadyHandled
from trading.notifications.models import MAX_DEVICES, Centre, Device, Notice, Preferences, token_digest
from trading.notifications.ports import Desk, NoticeChange, NoticePage
from trading.platform.documents import dump, load
from trading.platform.inbox import put_event_once
from trading.platform.people import PersonRow, find_reference, partition, reference_row
from trading.platform.retry import retried_when_stale
from trading.platform.tables import ConditionFailed, Transaction

CENTRE, PREFERENCES, DEVICES = "centre", "notification-preferences", "devices"
Place = tuple[str, str]
_LAST, _DIGITS = 10**12 - 1, 12


class DynamoNoticeStore:
    """Centres, notices, preferences and devices."""

    def desk(self, owner: str) -> Desk:
        """Return a person's centre and preferences, by one request."""
        rows = _rows(owner, CENTRE, PREFERENCES)
        preferences = load(Preferences, rows[PREFERENCES]) if PREFERENCES in rows else Preferences(owner)
        return Desk(_centre_in(rows, owner), preferences)

    def centre(self, owner: str) -> Centre:
        """Return a person's centre."""
        try:
            row = PersonRow.get(partition(owner), CENTRE, consistent_read=True)
        except PersonRow.DoesNotExist:
            return Centre(owner)
        return load(Centre, str(row.document))

    def notices(self, owner: str, notice_ids: tuple[str, ...]) -> tuple[Centre, tuple[Notice, ...]]:
        """Return a person's centre and those of some notices that are theirs, by one request."""
        rows = _rows(owner, CENTRE, *(f"notice#{each}" for each in notice_ids))
        found = tuple(load(Notice, text) for sk, text in rows.items() if sk.startswith("notice#"))
        return _centre_in(rows, owner), found

    def page(self, owner: str, *, unread: bool, after: str | None, limit: int) -> tuple[Centre, NoticePage]:
        """Return a person's notices, newest first, by two requests."""
        prefix = "unread#" if unread else "notice-list#"
        bounds = PersonRow.sk.between(after or prefix, f"{prefix}~")
        places = [
            str(row.sk)
            for row in PersonRow.query(partition(owner), bounds, limit=limit + 2, consistent_read=True)
            if row.sk != after
        ]
        by_place = {place: place[len(prefix) + _DIGITS + 1 :] for place in places}
        centre, found = self.notices(owner, tuple(by_place.values())[: limit + 1])
        by_id = {each.notice_id: each for each in found}
        wanted = [(place, by_id[notice_id]) for place, notice_id in by_place.items() if notice_id in by_id]
        shown = [(place, each) for place, each in wanted if not unread or centre.read_at(each) is None]
        # Below the mark everything is read, so unread ones end there.
        more = len(shown) > limit
        page = shown[:limit]
        return centre, NoticePage(tuple(each for _, each in page), page[-1][0] if more else None)

    def count_unread(self, centre: Centre) -> int:
        """Return how many notices there are that were not read, by counting them."""
        above = f"unread#{_LAST - centre.read_through:012d}"
        bounds = PersonRow.sk.between("unread#", above)
        return int(PersonRow.count(partition(centre.owner), bounds, consistent_read=True))

    def commit(self, change: NoticeChange) -> None:
        """Write a step in one transaction."""
        transaction, before = Transaction(), change.centre.version
        centre = replace(change.centre, version=before + 1)
        pk = partition(centre.owner)
        stands = PersonRow.version == before if before else PersonRow.pk.does_not_exist()
        transaction.put(PersonRow(pk, CENTRE, document=dump(centre), version=centre.version), stands, label="centre")
        if change.new is not None:
            for prefix in ("notice-list#", "unread#"):
                transaction.put(PersonRow(pk, _place(prefix, change.new)))
        for notice in (*filter(None, (change.new,)), *change.read, *change.changed):
            transaction.put(PersonRow(pk, f"notice#{notice.notice_id}", document=dump(notice)))
        for notice in change.read:
            transaction.delete(PersonRow(pk, _place("unread#", notice)))
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

    @retried_when_stale
    def save_device(self, device: Device) -> None:
        """Write a device; a token that somebody (or another device) had moves here, one it had before is forgotten.

        With one device more than a person may have, the one that was seen longest ago is forgotten.
        """
        rows, place = _rows_of_devices(device.owner), (device.owner, device.device_id)
        before = rows.get(_device_sk(device.device_id))
        had = find_reference("fcm-token", token_digest(device.token))
        transaction = Transaction()
        row = PersonRow(partition(device.owner), _device_sk(device.device_id), document=dump(device))
        transaction.put(row, _stands(before), label="device")
        transaction.put(reference_row("fcm-token", token_digest(device.token), *place), _leads_to(had), label="token")
        if before is not None and (old := load(Device, str(before.document))).token != device.token:
            transaction.delete(_token_row(old), _leads_to(place), label="token")
        if had is not None and had != place:
            transaction.delete(PersonRow(partition(had[0]), _device_sk(had[1])))
        if before is None:
            _make_room(transaction, device.owner, rows, freed=had)
        transaction.commit()

    @retried_when_stale
    def delete_device(self, owner: str, device_id: str, *, token: str | None = None) -> None:
        """Forget a device and its token; with `token`, only if it still has that one."""
        row = _device_row(owner, device_id)
        if row is None or token not in {None, load(Device, str(row.document)).token}:
            return
        transaction = Transaction()
        _forget(transaction, row)
        transaction.commit()

    def claim_push(self, notice: Notice, device: Device) -> bool:
        """Claim the push of a notice to a device; False if it was claimed before."""
        try:
            _push_row(notice, device).save(PersonRow.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def release_push(self, notice: Notice, device: Device) -> None:
        """Give a claim back, of a push that certainly was not sent."""
        _push_row(notice, device).delete()


def _rows(owner: str, *sks: str) -> dict[str, str]:
    pk = partition(owner)
    rows = PersonRow.batch_get([(pk, sk) for sk in sks], consistent_read=True)
    return {str(row.sk): str(row.document) for row in rows}


def _centre_in(rows: dict[str, str], owner: str) -> Centre:
    return load(Centre, rows[CENTRE]) if CENTRE in rows else Centre(owner)


def _place(prefix: str, notice: Notice) -> str:
    return f"{prefix}{_LAST - notice.seq:012d}-{notice.notice_id}"


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
    stands = PersonRow.version == added if counter else PersonRow.pk.does_not_exist()
    transaction.put(PersonRow(partition(owner), DEVICES, version=added + 1), stands, label="devices")
    moved_on = _device_sk(freed[1]) if freed is not None and freed[0] == owner else None
    there = [row for sk, row in rows.items() if sk not in {DEVICES, moved_on}]
    there.sort(key=lambda row: load(Device, str(row.document)).last_seen_at)
    for row in there[: max(len(there) + 1 - MAX_DEVICES, 0)]:
        _forget(transaction, row)


def _forget(transaction: Transaction, row: PersonRow) -> None:
    device = load(Device, str(row.document))
    transaction.delete(row, _stands(row), label="device")
    transaction.delete(_token_row(device), _leads_to((device.owner, device.device_id)), label="token")


def _token_row(device: Device) -> PersonRow:
    return reference_row("fcm-token", token_digest(device.token), device.owner, device.device_id)


def _stands(row: PersonRow | None) -> Condition:
    stands: Condition = PersonRow.pk.does_not_exist() if row is None else PersonRow.document == row.document
    return stands


def _leads_to(place: Place | None) -> Condition:
    """Return the condition that a token leads to a person's device, or to none."""
    if place is None:
        return PersonRow.pk.does_not_exist()
    owner, device_id = place
    leads: Condition = (PersonRow.status == owner) & (PersonRow.document == device_id)
    return leads


def _push_row(notice: Notice, device: Device) -> PersonRow:
    return PersonRow(partition(notice.owner), f"push#{notice.notice_id}#{device.device_id}")
