"""The shared session: one login for everybody, one renewal for a dead one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.partners.drivewealth.harness import MAYBE_SENT, NEVER_SENT, NOW, Broker, MemorySessions, Wall, client_of
from tests.unit.partners.drivewealth.payloads import ACCOUNT_NO, BANK_ID, deposit, error, user
from trading.brokerage.models import PaymentOrder
from trading.partners.drivewealth.session import LEASE
from trading.partners.limits import DRIVEWEALTH
from trading.platform.clock import FixedClock
from trading.platform.errors import Unavailable

OVER = (401, error("L025", "auth token expired"))
ORDER = PaymentOrder(ACCOUNT_NO, 100_25, BANK_ID, "flow-7")


@dataclass
class MovingClock:
    """A clock that a test sets."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


def tokens(broker: Broker) -> list[str]:
    return [asked.headers["dw-auth-token"] for asked in broker.asked]


def test_a_process_logs_in_once_and_remembers() -> None:
    broker, store = Broker((200, user())), MemorySessions()
    client = client_of(broker, store=store)

    for _ in range(3):
        client.user("user-ada")

    assert len(broker.logins) == 1
    assert broker.logins[0].body == {"appTypeID": 4, "username": "tiller-advisor", "password": "canary-password"}
    assert broker.logins[0].headers["dw-client-app-key"] == "canary-app-key"
    assert broker.logins[0].headers["Idempotency-Key"]
    assert "dw-auth-token" not in broker.logins[0].headers
    assert tokens(broker) == ["canary-token-1"] * 3
    assert {asked.headers["dw-client-app-key"] for asked in broker.asked} == {"canary-app-key"}
    assert store.reads == 1


def test_another_process_finds_the_token_without_logging_in() -> None:
    broker, store = Broker((200, user())), MemorySessions()

    for _ in range(5):
        client_of(broker, store=store).user("user-ada")

    assert len(broker.logins) == 1


def test_a_dead_session_is_renewed_once_and_the_call_made_again_under_its_key() -> None:
    broker = Broker(OVER, (200, deposit()))

    client_of(broker).deposit(ORDER, key="attempt-1")

    assert len(broker.logins) == 2
    assert tokens(broker) == ["canary-token-1", "canary-token-2"]
    assert [asked.headers["Idempotency-Key"] for asked in broker.asked] == ["attempt-1", "attempt-1"]
    assert broker.logins[0].headers["Idempotency-Key"] != broker.logins[1].headers["Idempotency-Key"]


@pytest.mark.parametrize("answer", [OVER, (401, None), (401, "<html>"), (403, error("L025")), (401, error("X001"))])
def test_a_session_that_stays_dead_is_unavailable_after_one_renewal(answer: Any) -> None:
    broker = Broker(answer)

    with pytest.raises(Unavailable):
        client_of(broker).deposit(ORDER, key="attempt-1")
    assert (len(broker.logins), len(broker.asked)) == (2, 2)


def test_processes_that_find_the_session_dead_one_after_the_other_renew_it_once() -> None:
    broker, store = Broker((200, user())), MemorySessions()
    clients = [client_of(broker, store=store) for _ in range(20)]
    for client in clients:
        client.user("user-ada")

    for client in clients:
        broker.answers = [OVER, (200, user())]
        client.user("user-ada")

    assert len(broker.logins) == 2


def test_processes_that_come_while_one_logs_in_wait_for_its_token() -> None:
    broker, store, wall = Broker((200, user())), MemorySessions(), Wall()
    late = client_of(broker, store=store, wall=wall)
    first = client_of(broker, store=store)
    store.take_lease(NOW + timedelta(seconds=10))

    def finish_at_the_third_read() -> None:
        if len(wall.slept) == 3:
            store.session = None
            first.user("user-ada")

    wall.while_sleeping = finish_at_the_third_read
    late.user("user-ada")

    assert len(broker.logins) == 1
    assert len(wall.slept) == 3


def test_many_processes_at_once_log_in_once() -> None:
    broker, store = Broker((200, user())), MemorySessions()
    waited = []

    def come_in_the_middle() -> None:
        broker.while_logging_in = lambda: None
        for _ in range(20):
            wall = Wall()
            with pytest.raises(Unavailable):
                client_of(broker, store=store, wall=wall).user("user-ada")
            waited.append(sum(wall.slept))

    broker.while_logging_in = come_in_the_middle
    client_of(broker, store=store).user("user-ada")

    assert len(broker.logins) == 1
    assert all(0 < seconds < DRIVEWEALTH.total_seconds for seconds in waited)


def test_a_lease_outlives_every_login() -> None:
    assert LEASE.total_seconds() > DRIVEWEALTH.total_seconds


def test_a_process_that_died_with_the_lease_stops_nobody_for_long() -> None:
    broker, store = Broker((200, user())), MemorySessions()
    store.take_lease(NOW + LEASE)

    client_of(broker, store=store, clock=FixedClock(NOW + LEASE)).user("user-ada")

    assert len(broker.logins) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (401, error("L001", "bad password")),
        (500, None),
        (200, {}),
        (200, []),
        (200, {"authToken": None}),
        (200, {"authToken": ""}),
        (200, {"authToken": "two\nlines"}),
        (200, "<html>"),
        *NEVER_SENT.values(),
        *MAYBE_SENT.values(),
    ],
)
def test_a_login_that_fails_is_unavailable_and_gives_the_lease_back(answer: Any) -> None:
    broker, store = Broker((200, deposit())), MemorySessions()
    broker.login_answer = answer
    client = client_of(broker, store=store)

    with pytest.raises(Unavailable):
        client.deposit(ORDER, key="attempt-1")
    broker.login_answer = None

    assert broker.asked == []
    assert client.deposit(ORDER, key="attempt-1").cents == 100_25


def test_a_login_that_took_longer_than_its_lease_uses_what_its_successor_got() -> None:
    broker, store = Broker((200, user())), MemorySessions()
    slow = client_of(broker, store=store)
    successor = client_of(broker, store=store, clock=FixedClock(NOW + LEASE))

    def be_overtaken() -> None:
        broker.while_logging_in = lambda: None
        successor.user("user-ada")

    broker.while_logging_in = be_overtaken
    slow.user("user-ada")

    assert tokens(broker) == ["canary-token-2", "canary-token-2"]


def test_a_token_is_replaced_a_minute_before_its_end() -> None:
    broker, clock = Broker((200, user())), MovingClock()
    client = client_of(broker, clock=clock)
    client.user("user-ada")

    clock.moment = NOW + timedelta(hours=1, minutes=58)
    client.user("user-ada")
    assert len(broker.logins) == 1

    clock.moment = NOW + timedelta(hours=1, minutes=59)
    client.user("user-ada")
    assert len(broker.logins) == 2


@pytest.mark.parametrize("end", [None, "", "soon", 7, "2013-02-19T00:00:00Z"])
def test_a_new_token_without_a_sensible_end_is_good_for_five_minutes(end: Any) -> None:
    broker, clock = Broker((200, user())), MovingClock()
    broker.login_answer = (200, {"authToken": "canary-token-1", "expiresAt": end})
    client = client_of(broker, clock=clock)

    client.user("user-ada")
    clock.moment = NOW + timedelta(minutes=3)
    client.user("user-ada")

    assert len(broker.logins) == 1
