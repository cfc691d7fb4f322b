"""Following the broker's decision about a person.

Events only say that something happened: what is so is read at the broker, so that no late event can
undo a newer decision. An approval erases what only the check needed.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from trading.brokerage.events import BrokerStatusUnknown
from trading.brokerage.models import KycStatus
from trading.kyc.events import KycStatusChanged
from trading.kyc.models import KycRecord
from trading.kyc.ports import IdentityBroker, KycChange, KycStore, Submissions, Uploads
from trading.platform.clock import Clock
from trading.platform.errors import Refused, Unavailable
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class DecisionService:
    """Keeps checks in step with the broker, and finishes what was left unfinished."""

    store: KycStore
    broker: IdentityBroker
    uploads: Uploads
    submissions: Submissions
    clock: Clock

    def identify_owner(self, user_id: str) -> str | None:
        """Return the owner of a user of the broker; one whose making was never answered is adopted by our reference.

        Raises:
            Unavailable: if the broker cannot be asked.
        """
        return self.store.owner_of(user_id) or self._adopt(user_id)

    @retry_on_stale
    def _adopt(self, user_id: str) -> str | None:
        try:
            reference = self.broker.user(user_id).reference
        except Refused:
            return None
        owner = self.store.owner_of_attempt(reference) if reference else None
        record = self.store.find(owner) if owner is not None else None
        if record is None or record.submission is None or record.submission.attempt_id != reference:
            return None
        if record.user_id is None and record.is_sending:
            adopted = record.arrived(user_id).awaiting(self.clock.now())
            self.store.commit(KycChange(adopted, registers_user=True))
            return owner
        return owner if record.user_id == user_id else None

    @retry_on_stale
    def refresh(self, owner: str, event_id: str | None = None) -> KycRecord | None:
        """Read a person's check at the broker and keep what it says.

        Raises:
            Unavailable: if the broker cannot be asked; the event will come again.
        """
        record = self.store.find(owner)
        if record is None or record.user_id is None:
            return record
        after = record.decided(self.broker.kyc_status(record.user_id), self.clock.now())
        if after == record:
            return record
        change = KycChange(
            after,
            events=tuple(events_of(record, after)),
            event_id=event_id,
            erases_tax_id=after.status is KycStatus.APPROVED,
        )
        return self.store.commit(change) or self.store.find(owner)

    @retry_on_stale
    def settle(self, owner: str) -> KycRecord | None:
        """Note that an approved person's account is being opened, and delete their uploads."""
        record = self.store.find(owner)
        if record is None or not record.is_locked or record.is_settled:
            return record
        self._erase(record)
        settled = replace(record, is_settled=True, to_erase=(), due_at=None)
        return self.store.commit(KycChange(settled)) or settled

    def resume(self, owner: str) -> KycRecord | None:
        """Go on with a check that is due: send again what may not have arrived, read the decision, erase."""
        record, now = self.store.find(owner), self.clock.now()
        if record is None or not record.is_due(now):
            return record
        if record.to_be_sent(now):
            self.submissions.send(owner)
        if record.is_to_be_read(now):
            with suppress(Unavailable, Refused):  # it is read again later
                self.refresh(owner)
        if record.is_locked:
            self._erase(record)
        return self._record_lookup(owner)

    @retry_on_stale
    def _record_lookup(self, owner: str) -> KycRecord | None:
        record, now = self.store.find(owner), self.clock.now()
        if record is None or not record.is_due(now):  # news came meanwhile, and with it another moment
            return record
        after = record.with_lookup(now)
        abandoned = after.needs_person and not record.needs_person
        event = OutboxEvent(OutcomeNeedsPerson(owner=owner), f"kyc:{owner}:{record.version}")
        return self.store.commit(KycChange(after, events=(event,) if abandoned else ()))

    def _erase(self, record: KycRecord) -> None:
        for key in record.to_erase:
            self.uploads.delete(key)


def events_of(before: KycRecord, after: KycRecord) -> Iterator[OutboxEvent]:
    """Yield the events of a step of a check."""
    owner, status = after.owner, after.status.value
    if after.status is not before.status:
        yield OutboxEvent(KycStatusChanged(owner=owner, status=status), f"{owner}:{before.version}")
    if after.unknown_status not in {"", before.unknown_status}:
        unknown = BrokerStatusUnknown(owner=owner, status=status, raw_status=after.unknown_status)
        yield OutboxEvent(unknown, f"kyc:{owner}:{before.version}")
