"""Requests to the broker: what is tried again, what stays open, and how long it may all take."""

from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from tests.unit.partners.drivewealth.harness import MAYBE_SENT, NEVER_SENT, Broker, Wall, client_of
from tests.unit.partners.drivewealth.payloads import ACCOUNT_NO, BANK_ID, DEPOSIT_ID, deposit, error, user
from trading.brokerage.models import Direction, PaymentOrder
from trading.partners.drivewealth.client import DriveWealth
from trading.partners.drivewealth.transport import Call, Transport
from trading.platform.errors import OutcomeUnknown, Refused, TillerError, Unavailable

ORDER = PaymentOrder(ACCOUNT_NO, 100_25, BANK_ID, "flow-7")
WRITES: dict[str, Callable[[DriveWealth], object]] = {
    "post": lambda client: client.deposit(ORDER, key="attempt-1"),
    "patch": lambda client: client.approve_redemption("payment-1"),
    "delete": lambda client: client.delete_bank_account(BANK_ID),
}
every_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
OPEN_ENDS = {
    **MAYBE_SENT,
    "500": (500, error()),
    "502 of a proxy": (502, "<html>bad gateway</html>"),
    "503": (503, None),
    "408": (408, None),
    "redirect": (302, None, {"Location": "https://elsewhere.test/"}),
    "no JSON": (200, "<html>fine</html>"),
    "endless JSON": (200, "[" * 100_000),
    "forbidden by a proxy": (403, "<html>forbidden</html>"),
    "conflict without a code": (409, {"message": "busy"}),
}
READ_AGAIN = {name: end for name, end in OPEN_ENDS.items() if name in MAYBE_SENT or name in {"500", "503", "408"}}


@every_write
@pytest.mark.parametrize("end", OPEN_ENDS.values(), ids=OPEN_ENDS)
def test_a_write_without_a_clear_answer_stays_unknown_and_is_not_sent_again(
    write: Callable[[DriveWealth], object], end: Any
) -> None:
    broker = Broker(end)

    with pytest.raises(OutcomeUnknown):
        write(client_of(broker))
    assert len(broker.asked) == 1


@every_write
@pytest.mark.parametrize("end", NEVER_SENT.values(), ids=NEVER_SENT)
def test_a_write_that_never_left_is_unavailable(write: Callable[[DriveWealth], object], end: Exception) -> None:
    with pytest.raises(Unavailable):
        write(client_of(Broker(end)))


@every_write
def test_a_write_that_comes_too_often_is_unavailable(write: Callable[[DriveWealth], object]) -> None:
    broker = Broker((429, error()))

    with pytest.raises(Unavailable):
        write(client_of(broker))
    assert len(broker.asked) == 4


@pytest.mark.parametrize("end", [(429, None), *NEVER_SENT.values()], ids=["429", *NEVER_SENT])
def test_a_write_that_did_nothing_is_sent_again_under_its_key(end: Any) -> None:
    broker = Broker(end, (200, deposit()))

    client_of(broker).deposit(ORDER, key="attempt-1")

    assert [asked.headers["Idempotency-Key"] for asked in broker.asked] == ["attempt-1", "attempt-1"]
    assert broker.asked[0].text == broker.asked[1].text


def test_a_write_that_is_lost_at_the_second_try_stays_unknown() -> None:
    broker = Broker((429, None), MAYBE_SENT["no answer in time"], (200, deposit()))

    with pytest.raises(OutcomeUnknown):
        client_of(broker).deposit(ORDER, key="attempt-1")
    assert len(broker.asked) == 2


@pytest.mark.parametrize("end", READ_AGAIN.values(), ids=READ_AGAIN)
def test_a_read_is_tried_again(end: Any) -> None:
    broker = Broker(end, end, (200, user()))

    assert client_of(broker).user("user-ada").status == "PENDING"
    assert len(broker.asked) == 3


@pytest.mark.parametrize(
    "end", [*OPEN_ENDS.values(), *NEVER_SENT.values(), (429, None), (400, error()), (403, error())]
)
def test_a_read_that_fails_is_unavailable_whatever_the_reason(end: Any) -> None:
    with pytest.raises(Unavailable):
        client_of(Broker(end)).payment(Direction.DEPOSIT, DEPOSIT_ID)


def test_a_wait_that_the_broker_asks_for_is_kept() -> None:
    wall = Wall()

    client_of(Broker((429, None, {"Retry-After": "3"}), (200, user())), wall=wall).user("user-ada")

    assert wall.slept == [3]


@pytest.mark.parametrize("asked", ["", "-1", "soon", "Mon, 02 Mar 2026 15:00:00 GMT", "9" * 5000, "²"])
def test_a_wait_in_other_words_is_ours_to_choose(asked: str) -> None:
    wall = Wall()

    client_of(Broker((429, None, {"Retry-After": asked}), (200, user())), wall=wall).user("user-ada")

    assert 0 <= wall.slept[0] <= 0.5


def test_waits_grow_and_differ() -> None:
    longest = [0.0, 0.0, 0.0]
    for _ in range(50):
        wall = Wall()
        with pytest.raises(Unavailable):
            client_of(Broker((429, None)), wall=wall).user("user-ada")
        longest = list(map(max, longest, wall.slept))

    assert longest[0] <= 0.5 < longest[2] <= 2


def test_who_is_asked_for_more_patience_than_there_is_has_none() -> None:
    broker, wall = Broker((429, None, {"Retry-After": "60"})), Wall()

    with pytest.raises(Unavailable):
        client_of(broker, wall=wall).deposit(ORDER, key="attempt-1")
    assert (len(broker.asked), wall.slept) == (1, [])


def test_a_request_waits_two_seconds_to_connect_and_eight_to_read() -> None:
    broker = Broker((200, user()))

    client_of(broker).user("user-ada")

    assert (broker.logins[0].timeout, broker.asked[0].timeout) == ((2, 8), (2, 8))


def test_a_call_never_outlasts_its_fifteen_seconds() -> None:
    broker, wall = Broker(MAYBE_SENT["no answer in time"]), Wall(reading_costs=1)

    with pytest.raises(Unavailable):
        client_of(broker, wall=wall).user("user-ada")
    assert 1 <= len(broker.asked) < 4
    assert wall.at <= 16


def test_nothing_is_begun_with_too_little_time_left() -> None:
    broker, wall = Broker((200, deposit())), Wall()
    broker.while_logging_in = lambda: wall.sleep(13)

    with pytest.raises(Unavailable):
        client_of(broker, wall=wall).deposit(ORDER, key="attempt-1")
    assert broker.asked == []


@pytest.mark.parametrize("key", [None, ""])
def test_a_post_without_a_key_cannot_be_made(key: str | None) -> None:
    with pytest.raises(ValueError, match="idempotency key"):
        Call("POST", "/back-office/users", {}, key)


def test_numbers_are_read_to_their_last_digit() -> None:
    broker = Broker((200, '{"amount": 0.1000000000000000055, "id": 1}'))

    read = client_of(broker).connection.ask(Call("GET", "/back-office/any"), lambda raw: raw)

    assert read == {"amount": Decimal("0.1000000000000000055"), "id": 1}


class Dropping(BaseHTTPRequestHandler):
    """Takes a whole request and hangs up, as a broker does that acts and dies."""

    taken: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append(self.headers["Idempotency-Key"])
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


def test_over_a_real_socket_a_dropped_answer_is_unknown_and_a_closed_door_is_not() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Dropping)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    base_url = f"http://127.0.0.1:{server.server_port}"

    dropped = _error_of(base_url)
    server.shutdown()
    server.server_close()
    thread.join()

    assert dropped is OutcomeUnknown
    assert Dropping.taken == ["attempt-1"]
    assert _error_of(base_url) is Unavailable


def _error_of(base_url: str) -> type[TillerError]:
    transport = Transport(base_url, sleep=lambda _: None)
    try:
        transport.send(Call("POST", "/any", {}, "attempt-1"), {}, transport.deadline())
    except (Unavailable, OutcomeUnknown, Refused) as error:
        return type(error)
    finally:
        transport.session.close()
    raise AssertionError("an answer came")
