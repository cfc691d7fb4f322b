"""Pushes: a notice to each of a person's devices, claimed before it is sent.

So a worker that dies may lose a push, and never sends two. The centre is the record; a push says the
same in short.
"""

from dataclasses import dataclass

from trading.notifications.models import Centre, Device, Notice
from trading.notifications.ports import Gone, NoticeStore, Pusher
from trading.platform.clock import Clock
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.observability import count


@dataclass(frozen=True)
class PushService:
    """Brings notices to devices."""

    store: NoticeStore
    pusher: Pusher
    clock: Clock

    def push(self, owner: str, notice_id: str) -> int:
        """Push a notice to every device that has not got it; return to how many.

        Raises:
            Unavailable: if some could not be sent now; the message comes again, for those alone.
        """
        centre, found = self.store.notices(owner, (notice_id,))
        preferences = self.store.desk(owner).preferences
        if not found or preferences.is_silent(found[0].notice_class, self.clock.now()):
            return 0
        outcomes = [self._push(centre, found[0], device) for device in self.store.devices(owner)]
        if None in outcomes:
            raise Unavailable("Some pushes could not be sent now.")
        return sum(bool(each) for each in outcomes)

    def _push(self, centre: Centre, notice: Notice, device: Device) -> bool | None:
        """Push to one device; return whether it was sent, or None if it may be sent later."""
        if not self.store.claim_push(notice, device):
            return False
        try:
            self.pusher.push(device.token, notice.title, notice.text, data=notice.data, badge=centre.unread)
        except Gone:
            self.store.delete_device(device.owner, device.device_id, token=device.token)
            count("DevicesGone")
            return False
        except Unavailable:
            self.store.release_push(notice, device)
            return None
        except (Refused, OutcomeUnknown):
            count("PushesLost")
            return False
        return True
