"""Notifications: what reading, marking and pushing ask for."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from tests.support.tables import renew_tables
from trading.funding.events import DepositSucceeded
from trading.notifications.messages import PushWork
from trading.notifications.models import Device
from trading.notifications.push import PushService
from trading.notifications.service import NotificationService
from trading.notifications.store import DynamoNotificationStore
from trading.platform.clock import FixedClock
from trading.platform.domain_events import Received

NOW = FixedClock(datetime(2013, 2, 19, 15, 0, tzinfo=UTC))
OTHERS, PEOPLE, GROUP = 60, 500, 50


class Sent:
    """A pusher that counts."""

    def __init__(self) -> None:
        self.pushes = 0

    def connect(self) -> None:
        """Be there."""

    def push(self, token: str, title: str, body: str, *, data: Mapping[str, str], badge: int) -> str:
        """Count a push."""
        del token, title, body, data, badge
        self.pushes += 1
        return str(self.pushes)


def figures(people: int = PEOPLE) -> Iterator[Figure]:
    """Measure everything."""
    yield from reading()
    yield from pushing(people)


def reading() -> Iterator[Figure]:
    """Count what a center with many notifications asks for."""
    store = DynamoNotificationStore()
    center = NotificationService(store, NOW)
    ids = [str(center.take(_event(f"{number:032x}", "reader"))) for number in range(OTHERS)]
    steps = {
        "list": lambda: store.page("reader", unread=False, after=None, limit=30),
        "list of unread": lambda: store.page("reader", unread=True, after=None, limit=30),
        "count": lambda: store.center("reader"),
        "mark 49": lambda: center.mark_read("reader", tuple(ids[:49])),
        "mark all": lambda: center.mark_all_read("reader"),
    }
    for name, step in steps.items():
        with counted() as seen:
            step()
        yield Figure(f"notifications, {name}: DynamoDB requests", seen.total(), "requests", 2)


def pushing(people: int) -> Iterator[Figure]:
    """Count what a notification to so many people with a device each asks for.

    The in-process tables get slower with each item, so people come in groups, each to tables of its own.
    """
    notifications, pushes, sent, took = 0, 0, Sent(), 0.0
    for start in range(0, people, GROUP):
        renew_tables()
        owners = [f"reached-{number}" for number in range(start, min(start + GROUP, people))]
        began = time.perf_counter()
        asked = _group(owners, sent)
        took += time.perf_counter() - began
        notifications, pushes = notifications + asked[0], pushes + asked[1]
    assert sent.pushes == people
    yield Figure(f"{people} notices: DynamoDB requests, each", notifications / people, "requests")
    yield Figure(f"{people} pushes: DynamoDB requests, each", pushes / people, "requests")
    yield Figure(f"{people} pushes: requests to Firebase, each", sent.pushes / people, "requests", 1)
    yield Figure(f"{people} notices and pushes, one process, tables in process", people / took, "per second")


def _group(owners: Sequence[str], sent: Sent) -> tuple[int, int]:
    """Return the requests for the notifications of some people, and for their pushes."""
    store = DynamoNotificationStore()
    center, pusher = NotificationService(store, NOW), PushService(store, sent, NOW)
    for owner in owners:
        store.save_device(Device(owner, "phone", f"token-of-{owner}", "ios", NOW.now()))
    with counted() as noticing:
        made = [(owner, str(center.take(_event(f"{owner}-notice", owner)))) for owner in owners]
    with counted() as reaching:
        for owner, notification_id in made:
            pusher.push(PushWork(owner=owner, notification_id=notification_id, device_id="phone"))
    return noticing.total(), reaching.total()


def _event(event_id: str, owner: str) -> Received[DepositSucceeded]:
    arrived = DepositSucceeded(owner=owner, money_flow_id="m1", trading_account_id="a1", amount_cents=100)
    return Received(event_id, arrived)
