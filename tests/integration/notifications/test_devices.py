"""Devices and their tokens: each token has one owner, whoever writes at the same time."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tests.support.crashes import cut_in
from trading.notifications.models import Device, token_digest
from trading.notifications.store import DynamoNoticeStore
from trading.platform.people import find_reference

pytestmark = pytest.mark.usefixtures("aws")

STORE = DynamoNoticeStore()
NOW = datetime(2013, 2, 19, 15, tzinfo=UTC)
PEOPLE = ("ada", "bob")


def device(owner: str, device_id: str, token: str) -> Device:
    return Device(owner, device_id, token, "ios", NOW)


def tokens() -> Mapping[tuple[str, str], str]:
    """Return the token of each device, held against the references both ways."""
    found = {(each.owner, each.device_id): each.token for owner in PEOPLE for each in STORE.devices(owner)}
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
