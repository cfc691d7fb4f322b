"""What people are notified of, through the real handlers and Firebase's real SDK, in one process."""

import pytest

from sandbox.faults import Fault
from sandbox.partners.firebase.answers import AccessAnswer, SendAnswer
from tests.support.holdings import HoldingsWorld
from tests.support.world import World


def listed(world: World, uid: str = "ada", **query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = world.call("list_notifications", uid, query=query).body["items"]
    return found


def unread(world: World, uid: str = "ada") -> int:
    return int(world.call("count_unread_notifications", uid).body["count"])


def deliver(world: World) -> None:
    world.fire("send_outbox")
    world.work_off()


@pytest.fixture
def funded(world: World) -> World:
    body = {"fcm_token": "token-of-ada", "platform": "ios"}
    assert world.call("put_device", device_id="phone", body=body).status == 204
    HoldingsWorld.of(world).funded()
    deliver(world)
    return world


def test_each_transition_is_told_once_in_the_centre_and_on_the_device(funded: World) -> None:
    types = [notification["type"] for notification in listed(funded)]
    assert types.count("deposit_succeeded") == 1
    assert "kyc_status_changed" in types
    assert unread(funded) == len(types) == len(funded.firebase.messages)
    newest, push = listed(funded)[0], funded.firebase.messages[-1]
    assert (push.title, push.body, push.badge) == (newest["title"], newest["text"], unread(funded))
    assert push.data["notification_id"] == newest["notification_id"]
    assert newest["text"] == "Your deposit of $10,000.00 is in your account."

    funded.call("create_portfolio", body={"name": "another", "exchange": 2})
    deliver(funded)

    assert len(funded.firebase.messages) == len(types)


def test_some_and_all_are_marked_read_and_other_peoples_are_not(funded: World) -> None:
    ids = [str(notification["notification_id"]) for notification in listed(funded)]

    assert funded.call("mark_notifications_read", "mallory", body={"ids": ids}).status == 204
    assert unread(funded) == len(ids)
    for _ in range(2):
        assert funded.call("mark_notifications_read", body={"ids": ids[:1]}).status == 204
    assert unread(funded) == len(listed(funded, unread="true")) == len(ids) - 1
    assert funded.call("mark_notifications_read", body={"all": True}).status == 204

    assert (unread(funded), listed(funded, unread="true")) == (0, [])
    assert all(notification["read_at"] for notification in listed(funded))


def test_a_dead_device_is_forgotten_and_the_other_still_reached(funded: World) -> None:
    funded.call("put_device", device_id="tablet", body={"fcm_token": "another-token", "platform": "android"})
    funded.firebase.kill("token-of-ada")
    market = HoldingsWorld(funded)
    before = len(funded.firebase.messages)

    market.buy(100_000)
    deliver(funded)

    assert [message.token for message in funded.firebase.messages[before:]] == ["another-token"]
    funded.firebase.kill("token-of-ada", dead=False)
    market.buy(100_000)
    deliver(funded)
    assert [message.token for message in funded.firebase.messages[before:]] == ["another-token"] * 2


@pytest.mark.parametrize("fault", [Fault.HTTP_429, Fault.HTTP_500, Fault.DROP_AFTER, Fault.DROP_BEFORE])
def test_a_push_is_never_sent_twice(funded: World, fault: Fault) -> None:
    before = len(funded.firebase.messages)
    funded.fail("firebase", "send", fault)
    HoldingsWorld(funded).buy(100_000)

    deliver(funded)
    funded.resend()

    sent = len(funded.firebase.messages) - before
    assert sent <= 1
    assert sent == 1 or fault is Fault.DROP_BEFORE
    assert listed(funded)[0]["type"] == "order_executed"


@pytest.mark.parametrize("answer", list(AccessAnswer))
def test_a_push_that_had_no_access_is_sent_once_in_the_end(funded: World, answer: AccessAnswer) -> None:
    before = len(funded.firebase.messages)
    funded.firebase.deny_access(answer)
    HoldingsWorld(funded).buy(100_000)

    deliver(funded)
    for _ in range(3):
        funded.resend()

    assert len(funded.firebase.messages) == before + 1


def test_a_payload_that_is_refused_costs_no_device(funded: World) -> None:
    funded.firebase.answer("token-of-ada", SendAnswer.INVALID_PAYLOAD)
    market = HoldingsWorld(funded)
    market.buy(100_000)
    deliver(funded)
    funded.firebase.answer("token-of-ada", None)
    before = len(funded.firebase.messages)

    market.buy(100_000)
    deliver(funded)

    assert [message.token for message in funded.firebase.messages[before:]] == ["token-of-ada"]


def test_an_order_is_told_with_the_name_of_its_portfolio(funded: World) -> None:
    HoldingsWorld(funded).buy(100_000)
    deliver(funded)

    (newest, *_), push = listed(funded), funded.firebase.messages[-1]
    assert newest["type"] == "order_executed"
    name = push.data["portfolio_name"]
    assert name
    assert f" in {name} " in push.body
    assert newest["text"] == push.body


def test_muted_classes_stay_muted_and_money_cannot_be(funded: World) -> None:
    refused = funded.call("put_notification_preferences", body={"classes": {"money": False}})
    accepted = funded.call("put_notification_preferences", body={"classes": {"orders": False}})
    before = len(listed(funded))

    HoldingsWorld(funded).buy(100_000)
    deliver(funded)

    assert (refused.status, accepted.status) == (400, 200)
    assert not accepted.body["classes"]["orders"]["enabled"]
    assert len(listed(funded)) == before


def test_devices_stay_silent_in_quiet_hours_but_for_money(funded: World) -> None:
    all_day = {"begins": "00:00", "ends": "23:59:59", "time_zone": "America/New_York"}
    assert funded.call("put_notification_preferences", body={"quiet_hours": all_day}).status == 200
    before = len(funded.firebase.messages), len(listed(funded))

    HoldingsWorld(funded).buy(100_000)
    deliver(funded)

    assert (len(funded.firebase.messages), len(listed(funded))) == (before[0], before[1] + 1)


@pytest.mark.parametrize("begins", ["22:00Z", "22:00+05:00", 79_200])
def test_quiet_hours_have_no_offset_of_their_own(world: World, begins: str | int) -> None:
    hours = {"begins": begins, "ends": "07:00", "time_zone": "America/New_York"}

    answer = world.call("put_notification_preferences", body={"quiet_hours": hours})

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "quiet_hours.begins")


def test_a_token_that_logs_in_elsewhere_moves(funded: World) -> None:
    body = {"fcm_token": "token-of-ada", "platform": "ios"}
    assert funded.call("put_device", "bob", device_id="phone", body=body).status == 204
    before = len(funded.firebase.messages)

    HoldingsWorld(funded).buy(100_000)
    deliver(funded)

    assert len(funded.firebase.messages) == before


def test_history_tells_what_the_records_tell(funded: World) -> None:
    market = HoldingsWorld(funded)
    bought = market.buy(100_000)

    items = funded.call("list_history").body["items"]

    assert [(item["type"], item["status"], item["amount_cents"]) for item in items] == [
        ("rebalance", "complete", 100_000),
        ("deposit", "success", 1_000_000),
    ]
    assert items[0]["id"] == bought["version_id"]
    only = funded.call("list_history", query={"type": "deposit", "status": "success"}).body["items"]
    assert only == items[1:]
