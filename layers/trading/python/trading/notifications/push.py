"""Pushes: a notice to a person's devices, each a message of its own, claimed before it is sent.

So a worker that dies may lose a push, and never sends two; and a device that does not answer holds up
nobody else's. Access is asked for before the claim: what fails there has claimed nothing. The centre is
the record; a push says the same in short.
"""

from dataclasses import dataclass

from trading.notifications.messages import PushWork
from trading.notifications.models import Device, Notice
from trading.notifications.ports import Gone, NoticeStore, Pusher
from trading.platform.clock import Clock
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.observability import count


def pushes_of(store: NoticeStore, owner: str, notice_id: str) -> list[PushWork]:
    """Return the pushes of a notice: one for each of the person's devices."""
    return [PushWork(owner=owner, notice_id=notice_id, device_id=device.device_id) for device in store.devices(owner)]


@dataclass(frozen=True)
class PushService:
    """Brings notices to devices."""

    store: NoticeStore
    pusher: Pusher
    clock: Clock

    def push(self, work: PushWork) -> bool:
        """Push a notice to a device that has not got it; return whether it was sent.

        Raises:
            Unavailable: if it could not be sent now, for certain; the message comes again.
        """
        centre, found = self.store.notices(work.owner, (work.notice_id,))
        preferences = self.store.desk(work.owner).preferences
        if not found or preferences.is_silent(found[0].notice_class, self.clock.now()):
            return False
        device = self.store.device(work.owner, work.device_id)
        if device is None:
            return False
        self.pusher.connect()
        return self.store.claim_push(found[0], device) and self._send(found[0], device, centre.unread)

    def _send(self, notice: Notice, device: Device, badge: int) -> bool:
        try:
            self.pusher.push(device.token, notice.title, notice.text, data=notice.data, badge=badge)
        except Gone:
            self.store.delete_device(device.owner, device.device_id, token=device.token)
            count("DevicesGone")
            return False
        except Unavailable:
            self.store.release_push(notice, device)
            raise
        except Refused:
            count("DomainEvents", dimensions={"type": "push_refused"})
            return False
        except OutcomeUnknown:
            count("PushesLost")
            return False
        return True
