"""Notifications: what reading, marking and pushing ask for."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tests.bench.figures import Figure
from tests.bench.requests_counted import counted
from trading.notifications.messages import Told
from trading.notifications.models import Device
from trading.notifications.push import PushService
from trading.notifications.service import NoticeService
from trading.notifications.store import DynamoNoticeStore
from trading.platform.clock import FixedClock

NOW = FixedClock(datetime(2013, 2, 19, 15, 0, tzinfo=UTC))
OTHERS, PEOPLE = 60, 10_000


class Sent:
    """A pusher that counts."""

    def __init__(self) -> None:
        self.pushes = 0

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
    """Count what a centre with many notices asks for."""
    store = DynamoNoticeStore()
    centre = NoticeService(store, NOW)
    ids = [str(centre.take(_event(f"{number:032x}", "reader"))) for number in range(OTHERS)]
    steps = {
        "list": lambda: store.page("reader", unread=False, after=None, limit=30),
        "list of unread": lambda: store.page("reader", unread=True, after=None, limit=30),
        "count": lambda: store.centre("reader"),
        "mark 49": lambda: centre.mark_read("reader", tuple(ids[:49])),
        "mark all": lambda: centre.mark_all_read("reader"),
    }
    for name, step in steps.items():
        with counted() as seen:
            step()
        yield Figure(f"notifications, {name}: DynamoDB requests", seen.total(), "requests", 2)


def pushing(people: int) -> Iterator[Figure]:
    """Count what a notice to so many people with a device each asks for."""
    store, sent = DynamoNoticeStore(), Sent()
    centre, pusher = NoticeService(store, NOW), PushService(store, sent, NOW)
    owners = [f"reached-{number}" for number in range(people)]
    for owner in owners:
        store.save_device(Device(owner, "phone", f"token-of-{owner}", "ios", NOW.now()))
    began = time.perf_counter()
    with counted() as seen:
        made = [(owner, str(centre.take(_event(f"{owner}-notice", owner)))) for owner in owners]
    yield Figure(f"{people} notices: DynamoDB requests, each", seen.total() / people, "requests")
    with counted() as seen:
        for owner, notice_id in made:
            pusher.push(owner, notice_id)
    assert sent.pushes == people
    yield Figure(f"{people} pushes: DynamoDB requests, each", seen.total() / people, "requests")
    yield Figure(f"{people} pushes: requests to Firebase, each", sent.pushes / people, "requests", 1)
    took = time.perf_counter() - began
    yield Figure(f"{people} notices and pushes, one process, tables in process", people / took, "per second")


def _event(event_id: str, owner: str) -> Told:
    return Told(id=event_id, type="deposit_succeeded", payload={"owner": owner, "amount_cents": 100})
