"""Builds the services of notifications, for one invocation; none of it calls a partner."""

from trading.notifications.service import NoticeService
from trading.notifications.store import DynamoNoticeStore
from trading.platform.clock import current_clock


def notice_service() -> NoticeService:
    """Return what keeps people's centres."""
    return NoticeService(DynamoNoticeStore(), current_clock())


def notice_store() -> DynamoNoticeStore:
    """Return centres, preferences and devices of everybody."""
    return DynamoNoticeStore()
