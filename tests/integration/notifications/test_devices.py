"""Devices and their tokens: each token has one owner, whoever writes at the same time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crashes import cut_in
from trading.notifications.models import MAX_DEVICES, Device, token_digest
from trading.notifications.store import DynamoNotificationStore
from trading.platform.people import find_reference

pytestmark = pytest.mark.usefixtures("aws")

STORE = DynamoNotificationStore()
NOW = datetime(2013, 2, 19, 15, tzinfo=UTC)
PEOPLE = ("ada", "bob")


def device(owner: str, device_id: str, token: str) -> Device:
    return Device(owner, device_id, token, "ios", NOW)


def tokens() -> Mapping[tuple[str, str], str]:
    """Return the token of each device, held against the references both ways."""
    found = {(device.owner, device.device_id): device.token for owner in PEOPLE for device in STORE.devices(owner)}
    assert len(set(found.values())) == len(found)
    for place, token in found.items():
        assert find_reference("fcm-token", token_digest(token)) == place
    return found


def test_a_token_moves_to_whoever_has_it_now() -> None:
    STORE.save_device(device("ada", "phone", "one"))

    STORE.save_device(device("bob", "tablet", "one"))

    assert tokens() == {("bob", "tablet"): "one"}


def test_a_token_that_a_device_gave_up_takes_nothing_from_it() -> None:
    STORE.save_device(device("ada", "phone", "one"))
    STORE.save_device(device("ada", "phone", "two"))

    STORE.save_device(device("bob", "tablet", "one"))

    assert tokens() == {("ada", "phone"): "two", ("bob", "tablet"): "one"}


def test_two_devices_change_tokens_with_each_other() -> None:
    STORE.save_device(device("ada", "phone", "one"))
    STORE.save_device(device("ada", "tablet", "two"))

    STORE.save_device(device("ada", "phone", "two"))
    STORE.save_device(device("ada", "tablet", "one"))

    assert tokens() == {("ada", "phone"): "two", ("ada", "tablet"): "one"}


@pytest.mark.parametrize("known", [False, True])
def test_of_two_who_bring_a_token_at_once_one_has_it(monkeypatch: pytest.MonkeyPatch, *, known: bool) -> None:
    if known:
        STORE.save_device(device("ada", "tablet", "one"))
    cut_in(monkeypatch, lambda: STORE.save_device(device("bob", "phone", "one")))

    STORE.save_device(device("ada", "phone", "one"))

    assert tokens() == {("ada", "phone"): "one"}


def test_a_dead_token_is_forgotten_and_not_the_one_that_took_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    STORE.save_device(device("ada", "phone", "dead"))
    cut_in(monkeypatch, lambda: STORE.save_device(device("ada", "phone", "alive")))

    STORE.delete_device("ada", "phone", token="dead")
    STORE.delete_device("ada", "phone", token="dead")

    assert tokens() == {("ada", "phone"): "alive"}


def test_a_deleted_device_leaves_its_token_to_others() -> None:
    STORE.save_device(device("ada", "phone", "one"))

    STORE.delete_device("ada", "phone")
    STORE.delete_device("ada", "phone")

    assert (tokens(), find_reference("fcm-token", token_digest("one"))) == ({}, None)
    STORE.save_device(device("bob", "phone", "one"))
    assert tokens() == {("bob", "phone"): "one"}


def fill(owner: str = "ada", count: int = MAX_DEVICES) -> None:
    for number in range(count):
        seen = NOW + timedelta(minutes=number)
        STORE.save_device(Device(owner, f"d{number}", f"token-{number}", "ios", seen))


def test_with_one_device_too_many_the_one_seen_longest_ago_is_forgotten() -> None:
    fill()
    STORE.save_device(Device("ada", "d0", "token-0", "ios", NOW + timedelta(hours=1)))

    STORE.save_device(Device("ada", "new", "token-new", "ios", NOW + timedelta(hours=2)))

    assert len(tokens()) == MAX_DEVICES
    assert ("ada", "d1") not in tokens()
    assert {("ada", "d0"), ("ada", "new")} <= set(tokens())
    assert find_reference("fcm-token", token_digest("token-1")) is None


def test_a_device_that_is_there_already_takes_nobodys_room() -> None:
    fill()

    STORE.save_device(Device("ada", "d5", "another", "ios", NOW + timedelta(hours=1)))

    assert len(tokens()) == MAX_DEVICES


def test_a_token_that_moves_between_ones_own_devices_takes_no_room() -> None:
    fill()

    STORE.save_device(Device("ada", "new", "token-7", "ios", NOW + timedelta(hours=1)))

    assert len(tokens()) == MAX_DEVICES
    assert ("ada", "d7") not in tokens()
    assert ("ada", "d0") in tokens()


def test_of_two_devices_that_are_added_at_once_both_find_room(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(count=MAX_DEVICES - 1)
    late = NOW + timedelta(hours=1)
    cut_in(monkeypatch, lambda: STORE.save_device(Device("ada", "rival", "rival", "ios", late)))

    STORE.save_device(Device("ada", "new", "new", "ios", late))

    assert len(tokens()) == MAX_DEVICES
    assert {("ada", "rival"), ("ada", "new")} <= set(tokens())


def test_a_device_that_comes_back_while_it_is_to_be_forgotten_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    cut_in(monkeypatch, lambda: STORE.save_device(Device("ada", "d0", "token-0", "ios", NOW + timedelta(hours=1))))

    STORE.save_device(Device("ada", "new", "new", "ios", NOW + timedelta(hours=2)))

    assert ("ada", "d0") in tokens()
    assert ("ada", "d1") not in tokens()
    assert len(tokens()) == MAX_DEVICES


def test_one_persons_devices_are_no_others() -> None:
    fill()

    STORE.save_device(device("bob", "phone", "of-bob"))

    assert len(tokens()) == MAX_DEVICES + 1
