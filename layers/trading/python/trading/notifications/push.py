"""Pushes: a notification to a person's devices, each a message of its own, claimed before it is sent.

So a worker that dies may lose a push, and never sends two; and a device that does not answer holds up
nobody else's. Access is asked for before the claim: what fails there has claimed nothing. The center is
the record; a push says the same in short.
"""

from dataclasses import dataclass

from trading.notifications.messages import PushWork
from trading.notifications.models import Device, Notification
from trading.notifications.ports import Gone, NotificationStore, Pusher
from trading.platform.clock import Clock
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.observability import count


def pushes_of(store: NotificationStore, owner: str, notification_id: str) -> list[PushWork]:
    """Return the pushes of a notification: one for each of the person's devices."""
    return [
        PushWork(owner=owner, notification_id=notification_id, device_id=device.device_id)
        for device in store.devices(owner)
    ]


@dataclass(frozen=True)
class PushService:
    """Brings notifications to devices."""

    store: NotificationStore
    pusher: Pusher
    clock: Clock

    def push(self, work: PushWork) -> bool:
        """Push a notification to a device that has not got it; return whether it was sent.

        Raises:
            Unavailable: if it could not be sent now, for certain; the message comes again.
        """
        center, found = self.store.notifications(work.owner, (work.notification_id,))
        preferences = self.store.load(work.owner).preferences
        if not found or preferences.is_silent(found[0].notification_class, self.clock.now()):
            return False
        device = self.store.device(work.owner, work.device_id)
        if device is None:
            return False
        self.pusher.connect()
        return self.store.claim_push(found[0], device) and self._send(found[0], device, center.unread)

    def _send(self, notification: Notification, device: Device, badge: int) -> bool:
        try:
            self.pusher.push(device.token, notification.title, notification.text, data=notification.data, badge=badge)
        except Gone:
            self.store.delete_device(device.owner, device.device_id, token=device.token)
            count("DevicesGone")
            return False
        except Unavailable:
            self.store.release_push(notification, device)
            raise
        except Refused:
            count("DomainEvents", dimensions={"type": "push_refused"})
            return False
        except OutcomeUnknown:
            count("PushesLost")
            return False
        return True
