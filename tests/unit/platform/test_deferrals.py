from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from trading.platform.deferrals import defer, due, forget, wait_before, waiting
from trading.platform.messages import Message

pytestmark = pytest.mark.usefixtures("aws")

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MESSAGE = Message("message-1", "account-rebalances", '{"owner":"ada"}', "run-1", 1_700_000_000_000)


def due_at(moment: datetime) -> list[Message]:
    return list(chain.from_iterable(due(moment)))


def test_a_message_waits_about_as_long_again_as_its_partner_was_away_and_an_hour_at_most() -> None:
    waits = [wait_before(number) for number in range(1, 40)]

    assert waits[:7] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 32, 60)]
    assert set(waits[6:]) == {timedelta(hours=1)}


def test_a_deferred_message_is_due_when_its_wait_is_over_and_not_before() -> None:
    defer(MESSAGE, NOW)

    assert due_at(NOW + timedelta(seconds=59)) == []
    assert due_at(NOW + timedelta(seconds=60)) == [replace(MESSAGE, deferrals=1)]


@pytest.mark.parametrize(("asked", "minutes"), [(10, 1), (600, 10), (10**9, 60)])
def test_a_message_waits_as_long_as_its_partner_asks_and_an_hour_at_most(asked: int, minutes: int) -> None:
    defer(MESSAGE, NOW, asked_seconds=asked)

    assert due_at(NOW + timedelta(minutes=minutes, seconds=-1)) == []
    assert len(due_at(NOW + timedelta(minutes=minutes))) == 1


def test_the_same_delivery_deferred_twice_is_sent_once() -> None:
    defer(MESSAGE, NOW)
    defer(MESSAGE, NOW)

    assert len(due_at(NOW + timedelta(hours=1))) == 1


def test_what_was_sent_is_forgotten() -> None:
    defer(MESSAGE, NOW)
    defer(replace(MESSAGE, message_id="message-2"), NOW)

    forget([MESSAGE])

    assert [message.message_id for message in due_at(NOW + timedelta(hours=1))] == ["message-2"]


@pytest.mark.parametrize("number", [1, 100, 450])
def test_however_many_wait_all_are_due(number: int) -> None:
    for place in range(number):
        defer(replace(MESSAGE, message_id=f"message-{place}"), NOW)

    pages = list(due(NOW + timedelta(minutes=1)))

    assert {message.message_id for page in pages for message in page} == {f"message-{at}" for at in range(number)}
    assert all(len(page) <= 100 for page in pages)


def test_what_waits_is_counted_by_queue() -> None:
    defer(MESSAGE, NOW)
    defer(replace(MESSAGE, message_id="message-2", queue="pushes", deferrals=6), NOW)

    assert waiting() == ({"account-rebalances": 1, "pushes": 1}, NOW + timedelta(hours=1))
