"""Builds what pushes, for one invocation."""

from trading.notifications.push import PushService
from trading.notifications.store import DynamoNotificationStore
from trading.partners.firebase.client import firebase
from trading.platform.clock import current_clock


def push_service() -> PushService:
    """Return the push service."""
    return PushService(DynamoNotificationStore(), firebase(), current_clock())
