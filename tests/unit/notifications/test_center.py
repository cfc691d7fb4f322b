import random
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.support.crashes import Crashes
from tests.support.events import followed_by, received
from tests.unit.notifications.memory import NOW, MemoryStore, service
from trading.events import EVENTS
from trading.notifications.models import NotificationClass, Preferences
from trading.notifications.ports import NotificationChange
from trading.notifications.service import NotificationService
from trading.notifications.store import DynamoNotificationStore
from trading.notifications.templates import ENGLISH
from trading.platform.clock import FixedClock
from trading.platform.domain_events import Received, Subscriber

CONTRACT = [
    "kyc_status_changed",
    "bank_needs_reauth",
    "deposit_succeeded",
    "deposit_failed",
    "deposit_returned",
    "withdrawal_succeeded",
    "withdrawal_failed",
    "order_executed",
    "order_failed",
    "order_cancelled",
    "ttf_rebalanced",
    "session_summary",
    "entries_blocked",
    "stop_hit",
    "corporate_action",
    "target_hit",
    "trading_paused",
    "trading_resumed",
    "commission_charged",
    "charge_failed",
    "charge_action_required",
    "billing_hold_set",
    "billing_hold_lifted",
    "invoice_credited",
    "payment_disputed",
    "dispute_closed",
    "refund_failed",
    "card_needed",
]
EVERYTHING = dict.fromkeys(NotificationClass, True)
DETAILS: dict[str, str | int] = {
    "owner": "ada",
    "amount_cents": 123_456,
    "invoice_id": "i1",
    "money_flow_id": "m1",
    "version_id": "v1",
    "portfolio_id": 7,
    "symbol": "AAPL",
    "status": "APPROVED",
    "state": "won",
}


def event(kind: str, number: int = 0, **more: str | int) -> Received[Any]:
    return received(f"{kind}-{number}", kind, **{**DETAILS, **more})


def test_every_type_of_the_contract_is_carried_here_and_has_a_text() -> None:
    followed = followed_by(Subscriber.NOTIFICATIONS)

    assert set(ENGLISH) == set(followed.values())
    assert set(followed) == set(CONTRACT)


@pytest.mark.parametrize("kind", CONTRACT)
def test_each_event_makes_exactly_one_notice_however_often_it_comes(kind: str) -> None:
    store = MemoryStore(preferences={"ada": Preferences("ada", EVERYTHING)})
    center = service(store)

    made = [center.take(event(kind)) for _ in range(3)]

    assert made == [f"{kind}-0"] * 3
    (notification,) = store.kept.values()
    assert notification.type == kind
    assert notification.data["link"].startswith("tiller://")
    assert "{" not in notification.title + notification.text + notification.data["link"]
    assert all(isinstance(value, str) for value in notification.data.values())
    assert store.center("ada").unread == 1


def test_amounts_are_told_in_dollars() -> None:
    store = MemoryStore()

    service(store).take(event("deposit_succeeded"))

    assert next(iter(store.kept.values())).text == "Your deposit of $1,234.56 is in your account."


def test_what_resolves_marks_the_notices_of_its_cause() -> None:
    store = MemoryStore()
    center = service(store)
    for number in range(3):
        center.take(event("charge_failed", number))
    center.take(event("charge_failed", 9, invoice_id="another"))

    center.take(event("commission_charged"))

    resolved = {
        notification.notification_id for notification in store.kept.values() if notification.resolved_at is not None
    }
    assert resolved == {"charge_failed-0", "charge_failed-1", "charge_failed-2"}


@pytest.mark.parametrize("kind", CONTRACT)
def test_muted_classes_stay_muted_and_money_and_compliance_never_are(kind: str) -> None:
    muted = dict.fromkeys(NotificationClass, False)
    store = MemoryStore(preferences={"ada": Preferences("ada", muted)})

    made = service(store).take(event(kind))

    assert (made is None) == ENGLISH[EVENTS[kind]].notification_class.is_mutable


def test_stops_and_targets_are_told_to_those_alone_who_ask() -> None:
    store = MemoryStore()

    assert service(store).take(event("stop_hit")) is None


def test_the_count_is_the_list_after_ten_thousand_random_steps() -> None:
    store, dice = MemoryStore(), random.Random(12)  # noqa: S311 - the same dice each time
    center = service(store)

    for number in range(10_000):
        owner = dice.choice(["ada", "bob"])
        ids = tuple(dice.sample(sorted(store.kept), min(len(store.kept), 3))) if number % 7 == 0 else ()
        step = dice.random()
        if step < 0.6:
            center.take(event(dice.choice(CONTRACT), dice.randrange(number + 1), owner=owner))
        elif step < 0.95:
            center.mark_read(owner, ids)
        else:
            center.mark_all_read(owner)

    for owner in ("ada", "bob"):
        _, page = store.page(owner, unread=True, after=None, limit=100_000)
        assert store.center(owner).unread == len(page.notifications) > 0
        assert center.verify(owner) == 0


@pytest.mark.usefixtures("aws")
def test_the_real_store_counts_as_it_lists() -> None:
    store, dice = DynamoNotificationStore(), random.Random(12)  # noqa: S311 - the same dice each time
    center = NotificationService(store, FixedClock(NOW))
    taken: list[str] = []

    for number in range(60):
        step = dice.random()
        if step < 0.7:
            taken += filter(None, [center.take(event(dice.choice(CONTRACT), number))])
        elif step < 0.95:
            center.mark_read("ada", tuple(dice.sample(taken, min(len(taken), 4))))
        else:
            center.mark_all_read("ada")
        counted, page = store.page("ada", unread=True, after=None, limit=100)
        assert counted.unread == len(page.notifications) == store.count_unread(counted)

    _, everything = store.page("ada", unread=False, after=None, limit=100)
    assert [notification.notification_id for notification in everything.notifications] == list(reversed(taken))


@pytest.mark.usefixtures("aws")
def test_a_counter_that_is_off_is_set_right() -> None:
    store = DynamoNotificationStore()
    center = NotificationService(store, FixedClock(NOW))
    center.take(event("deposit_succeeded"))
    store.commit(NotificationChange(replace(store.center("ada"), unread=5)))

    assert center.verify("ada") == 4
    assert store.center("ada").unread == 1


@pytest.mark.usefixtures("aws")
def test_a_worker_that_dies_anywhere_makes_one_notice_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes, store = Crashes(monkeypatch), DynamoNotificationStore()
    center = NotificationService(store, FixedClock(NOW))
    sides = crashes.count(lambda: center.take(event("deposit_succeeded")))

    for place in range(1, sides + 1):
        sent = event("deposit_failed", place)
        crashes.die_at(place, partial(center.take, sent))
        center.take(sent)

    _, page = store.page("ada", unread=True, after=None, limit=100)
    assert len(page.notifications) == sides + 1 == store.center("ada").unread
