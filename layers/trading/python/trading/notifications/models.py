"""Notices, what a person's centre counts, what they want to hear of, and their devices."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo

MOST_MARKED, MOST_OPEN = 49, 50
MAX_DEVICES = 20


class NoticeClass(StrEnum):
    """What a notice is about, as far as people may choose. Money and compliance cannot be muted."""

    MONEY = "money"
    COMPLIANCE = "compliance"
    ORDERS = "orders"
    SESSIONS = "sessions"
    PRICES = "prices"

    @property
    def is_mutable(self) -> bool:
        """Say whether people may choose not to hear of it."""
        return self not in {NoticeClass.MONEY, NoticeClass.COMPLIANCE}


WANTED_UNASKED: Mapping[NoticeClass, bool] = {each: each is not NoticeClass.PRICES for each in NoticeClass}
"""What people hear of who chose nothing: stops and targets are told to those who ask for it."""


@dataclass(frozen=True)
class Notice:
    """One thing that a person is told. `seq` orders a person's notices; `data` holds a deep link and ids."""

    notice_id: str
    owner: str
    seq: int
    type: str
    notice_class: NoticeClass
    title: str
    text: str
    data: Mapping[str, str]
    created_at: datetime
    read_at: datetime | None = None
    resolved_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True)
class Centre:
    """What a person's centre counts. Notices up to `read_through` are read, whatever they say themselves.

    `open` are the notices of causes that may resolve, by cause.
    """

    owner: str
    seq: int = 0
    unread: int = 0
    read_through: int = 0
    read_through_at: datetime | None = None
    open: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    version: int = 0

    def read_at(self, notice: Notice) -> datetime | None:
        """Return when a notice was read, or None."""
        if notice.read_at is not None:
            return notice.read_at
        return self.read_through_at if notice.seq <= self.read_through else None

    def with_notice(self, notice: Notice, cause: str | None) -> "Centre":
        """Return the centre with a notice more."""
        open_ = dict(self.open)
        if cause is not None:
            open_[cause] = (*open_.get(cause, ()), notice.notice_id)[-MOST_OPEN:]
        return replace(self, seq=notice.seq, unread=self.unread + 1, open=open_)


@dataclass(frozen=True)
class QuietHours:
    """When a person's devices stay silent but for money and compliance, in their own time."""

    begins: time
    ends: time
    time_zone: str

    def covers(self, moment: datetime) -> bool:
        """Say whether a moment is quiet."""
        now = moment.astimezone(ZoneInfo(self.time_zone)).time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends


@dataclass(frozen=True)
class Preferences:
    """What a person wants to hear of; what they said nothing about is as for everybody."""

    owner: str
    wanted: Mapping[NoticeClass, bool] = field(default_factory=dict)
    quiet: QuietHours | None = None

    def wants(self, notice_class: NoticeClass) -> bool:
        """Say whether notices of a class reach the person."""
        if not notice_class.is_mutable:
            return True
        return self.wanted.get(notice_class, WANTED_UNASKED[notice_class])

    def is_silent(self, notice_class: NoticeClass, moment: datetime) -> bool:
        """Say whether devices stay silent for a notice at a moment."""
        return notice_class.is_mutable and self.quiet is not None and self.quiet.covers(moment)


@dataclass(frozen=True)
class Device:
    """A device of a person's with the token that it is reached by."""

    owner: str
    device_id: str
    token: str
    platform: str
    last_seen_at: datetime


def token_digest(token: str) -> str:
    """Return what a token is found by."""
    return sha256(token.encode()).hexdigest()
