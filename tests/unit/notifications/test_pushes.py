"""Pushes: one for each device, exactly one in the end where nothing was sent before, never two."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from tests.support.crashes import Crashes
from trading.notifications.messages import PushWork
from trading.notifications.models import Device, Notification, NotificationClass
from trading.notifications.ports import Gone, NotificationChange
from trading.notifications.push import PushService, pushes_of
from trading.notifications.store import DynamoNotificationStore
from trading.platform.clock import FixedClock
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

NOW = datetime(2013, 2, 19, 15, tzinfo=UTC)
STORE = DynamoNotificationStore()


@dataclass
class FakePusher:
    """Keeps what it sent; `faults` are raised in place of an answer, by token, `connecting` before anything."""

    sent: list[str] = field(default_factory=list)
    faults: dict[str, list[Exception]] = field(default_factory=dict)
    connecting: list[Exception] = field(default_factory=list)
    visit: Callable[[], None] = lambda: None

    def connect(self) -> None:
        """Be there, or not."""
        self.visit()
        if self.connecting:
            raise self.connecting.pop(0)

    def push(self, token: str, title: str, body: str, *, data: Mapping[str, str], badge: int) -> str:
        """Send a push."""
        del title, body, data, badge
        self.visit()
        if self.faults.get(token):
            raise self.faults[token].pop(0)
        self.sent.append(token)
        self.visit()
        return "id"


@pytest.fixture
def pusher() -> FakePusher:
    return FakePusher()


def works(*devices: str, notification_id: str = "n1") -> list[PushWork]:
    """Write a notification and devices of Ada's; return the pushes."""
    for device_id in devices:
        STORE.save_device(Device("ada", device_id, f"token-of-{device_id}", "ios", NOW))
    center = STORE.center("ada")
    notification = Notification(
        notification_id, "ada", center.seq + 1, "deposit_succeeded", NotificationClass.MONEY, "T", "B", {}, NOW
    )
    STORE.commit(NotificationChange(center.with_notification(notification, None), notification))
    return pushes_of(STORE, "ada", notification_id)


def push_all(pusher: FakePusher, todo: list[PushWork]) -> list[PushWork]:
    """Push each as the queue does; return those that come again."""
    service, again = PushService(STORE, pusher, FixedClock(NOW)), []
    for work in todo:
        try:
            service.push(work)
        except Unavailable:
            again.append(work)
    return again


def test_each_device_has_a_message_of_its_own(pusher: FakePusher) -> None:
    assert push_all(pusher, works("phone", "tablet")) == []

    assert sorted(pusher.sent) == ["token-of-phone", "token-of-tablet"]


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("lost"), Refused("no"), Gone()])
def test_what_goes_wrong_with_one_device_is_nothing_to_the_other(pusher: FakePusher, error: Exception) -> None:
    pusher.faults["token-of-phone"] = [error]

    push_all(pusher, works("phone", "tablet"))

    assert pusher.sent == ["token-of-tablet"]


@pytest.mark.parametrize("place", ["connecting", "sending"])
def test_what_was_not_sent_for_certain_is_sent_once_in_the_end(pusher: FakePusher, place: str) -> None:
    todo = works("phone")
    errors: list[Exception] = [Unavailable("down") for _ in range(3)]
    if place == "connecting":
        pusher.connecting = errors
    else:
        pusher.faults["token-of-phone"] = errors

    for _ in range(3):
        assert push_all(pusher, todo) == todo
    for _ in range(3):
        assert push_all(pusher, todo) == []

    assert pusher.sent == ["token-of-phone"]


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), Refused("no")])
def test_what_may_have_been_sent_or_never_will_is_not_sent_again(pusher: FakePusher, error: Exception) -> None:
    todo = works("phone")
    pusher.faults["token-of-phone"] = [error]

    for _ in range(2):
        assert push_all(pusher, todo) == []

    assert pusher.sent == []
    assert [device.device_id for device in STORE.devices("ada")] == ["phone"]


def test_a_device_that_is_gone_is_forgotten(pusher: FakePusher) -> None:
    todo = works("phone")
    pusher.faults["token-of-phone"] = [Gone()]

    assert push_all(pusher, todo) == []

    assert STORE.devices("ada") == ()
    assert push_all(pusher, todo) == []


def test_a_message_that_is_wrong_is_counted_for_an_alarm(
    pusher: FakePusher, capsys: pytest.CaptureFixture[str]
) -> None:
    todo = works("phone")
    pusher.faults["token-of-phone"] = [Refused("no")]

    push_all(pusher, todo)

    assert '"push_refused"' in capsys.readouterr().out


def test_a_push_that_died_anywhere_is_sent_at_most_once_and_before_the_claim_in_the_end(
    monkeypatch: pytest.MonkeyPatch, pusher: FakePusher
) -> None:
    crashes = Crashes(monkeypatch)
    pusher.visit = crashes.visit
    rehearsal = works("phone", notification_id="rehearsal")
    places = crashes.count(lambda: push_all(pusher, rehearsal))
    outcomes = []

    for place in range(1, places + 1):
        todo, before = works("phone", notification_id=f"n{place}"), len(pusher.sent)
        crashes.die_at(place, lambda todo=todo: push_all(pusher, todo))  # type: ignore[misc]
        push_all(pusher, todo)
        outcomes.append(len(pusher.sent) - before)

    assert set(outcomes) == {0, 1}
    assert outcomes[: places - 4] == [1] * (places - 4)


def test_nobody_is_pushed_nothing(pusher: FakePusher) -> None:
    assert push_all(pusher, [PushWork(owner="nobody", notification_id="none", device_id="phone")]) == []
    assert pusher.sent == []
