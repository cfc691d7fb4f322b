"""What the routes of notifications take and answer."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from trading.notifications.models import MAX_MARKED, Center, Notification, NotificationClass, Preferences, QuietHours
from trading.platform.errors import FieldProblem, InvalidRequest
from trading.platform.fields import Changes, Moment, Reply, Request, TimeOfDay, Yes

NotificationId = Annotated[str, Field(min_length=1, max_length=100)]


def _known_zone(name: str) -> str:
    if "/" not in name or name not in available_timezones():  # `localtime` and `Factory` are no place
        raise ValueError("must be a time zone such as America/New_York")
    return name


class NotificationReply(Reply):
    """One notification to a person."""

    notification_id: str
    type: str
    title: str
    text: str
    data: dict[str, str]
    created_at: Moment
    read_at: Moment | None
    resolved_at: Moment | None

    @classmethod
    def of(cls, notification: Notification, center: Center) -> "NotificationReply":
        """Return a notification as answers show it."""
        return cls(
            notification_id=notification.notification_id,
            type=notification.type,
            title=notification.title,
            text=notification.text,
            data=dict(notification.data),
            created_at=notification.created_at,
            read_at=center.read_at(notification),
            resolved_at=notification.resolved_at,
        )


class ReadBody(Request):
    """Which notifications were read: some (at most 49), or all that are there."""

    ids: Annotated[list[NotificationId], Field(min_length=1, max_length=MAX_MARKED)] | None = None
    all: Yes | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "ReadBody":
        if (self.ids is None) == (self.all is None):
            raise ValueError("give either `ids` or `all`")
        return self


class DeviceBody(Changes):
    """How a device is reached."""

    fcm_token: Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]
    platform: Literal["ios", "android", "web"]


class QuietBody(Changes):
    """When devices stay silent but for money and compliance."""

    begins: TimeOfDay
    ends: TimeOfDay
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]


class PreferencesBody(Changes):
    """What a person wants to hear of; classes that are not named stay as they are for everybody."""

    classes: dict[Annotated[NotificationClass, Field(strict=False)], bool] = Field(default_factory=dict)
    quiet_hours: QuietBody | None = None

    def to_preferences(self, owner: str) -> Preferences:
        """Return the preferences.

        Raises:
            InvalidRequest: if a class that cannot be muted is.
        """
        fixed = [class_ for class_, is_wanted in self.classes.items() if not is_wanted and not class_.is_mutable]
        if fixed:
            raise InvalidRequest(
                problems=tuple(FieldProblem("classes", f"{class_} cannot be muted") for class_ in fixed)
            )
        quiet = self.quiet_hours
        hours = QuietHours(quiet.begins, quiet.ends, quiet.time_zone) if quiet else None
        return Preferences(owner, self.classes, hours)


class ClassReply(Reply):
    """Whether a class of notifications reaches a person, and whether that is theirs to choose."""

    enabled: bool
    mutable: bool


class QuietReply(Reply):
    """When devices stay silent."""

    begins: str
    ends: str
    time_zone: str


class PreferencesReply(Reply):
    """What a person hears of."""

    classes: dict[NotificationClass, ClassReply]
    quiet_hours: QuietReply | None

    @classmethod
    def of(cls, preferences: Preferences) -> "PreferencesReply":
        """Return preferences as answers show them."""
        quiet = preferences.quiet
        return cls(
            classes={
                class_: ClassReply(enabled=preferences.wants(class_), mutable=class_.is_mutable)
                for class_ in NotificationClass
            },
            quiet_hours=QuietReply(
                begins=f"{quiet.begins:%H:%M}", ends=f"{quiet.ends:%H:%M}", time_zone=quiet.time_zone
            )
            if quiet
            else None,
        )


def device_id_in(text: str) -> str:
    """Return a path's device id. Raises InvalidRequest if no device may have it."""
    if not text.isascii() or not text.isprintable() or not 0 < len(text) <= 100 or "#" in text:  # noqa: PLR2004
        raise InvalidRequest(problems=(FieldProblem("device_id", "must be at most 100 plain characters"),))
    return text


class UnreadCount(Reply):
    """How many notifications were not read."""

    count: int


class NotificationList(Reply):
    """A page of notifications."""

    items: list[NotificationReply]
    next_cursor: str | None
