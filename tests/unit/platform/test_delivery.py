import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from tests.benchmarks.requests_counted import counted
from tests.support.crashes import Crash, Crashes
from tests.support.events import sample
from trading.funding.events import TradingPaused
from trading.platform.clock import SystemClock
from trading.platform.delivery import SWEEP_FOR, Carrier
from trading.platform.domain_events import QUEUES, Lane
from trading.platform.outbox import MAX_SHOWN, OutboxEvent, OutboxRow, pending, pending_keys, put_event
from trading.platform.settings import settings
from trading.platform.tables import Transaction

PAGE = 10
ALL = sorted(QUEUES[Lane.URGENT] | QUEUES[Lane.ORDINARY])


@pytest.fixture(autouse=True)
def urls(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Return the URLs of the queues that events go to."""
    del aws
    made = {name: str(boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"]) for name in ALL}
    for name, url in made.items():
        monkeypatch.setenv(f"QUEUE_{name.upper().replace('-', '_')}", url)
    settings.cache_clear()
    yield made
    settings.cache_clear()


@dataclass
class Broken:
    """Queues that take nothing, or single texts that a queue refuses; sends are kept in order."""

    monkeypatch: pytest.MonkeyPatch
    queues: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def begin(self) -> None:
        real = BaseClient._make_api_call

        def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            if operation != "SendMessageBatch":
                return real(client, operation, arguments)
            return self._send(arguments, lambda: real(client, operation, arguments))

        self.monkeypatch.setattr(BaseClient, "_make_api_call", call)

    def _send(self, arguments: dict[str, Any], really: Any) -> Any:
        queue = arguments["QueueUrl"].rpartition("/")[2]
        self.sent += [(queue, json.loads(entry["MessageBody"])["type"]) for entry in arguments["Entries"]]
        if queue in self.queues:
            raise EndpointConnectionError(endpoint_url=queue)
        entries = arguments["Entries"]
        failed = [entry for entry in entries if any(text in entry["MessageBody"] for text in self.texts)]
        arguments["Entries"] = [entry for entry in entries if entry not in failed]
        answer = really() if arguments["Entries"] else {}
        return answer | {"Failed": [{"Id": entry["Id"]} for entry in failed]}


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    made = Broken(monkeypatch)
    made.begin()
    return made


def write(name: str, *subjects: str) -> None:
    for start in range(0, len(subjects), 100):
        transaction = Transaction()
        for subject in subjects[start : start + 100]:
            put_event(transaction, OutboxEvent(sample(name, owner=subject), subject))
        transaction.commit()


def received(urls: dict[str, str]) -> dict[str, Counter[str]]:
    """Return what lies in each queue, the owners of its events; the queues are empty then."""
    return {name: Counter(_owners(url)) for name, url in urls.items()}


def _owners(url: str) -> Iterator[str]:
    backend = sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].queues[url.rpartition("/")[2]]
    for message in list(backend.messages):
        yield json.loads(message.body)["payload"]["owner"]
    backend._messages.clear()


def waiting() -> list[OutboxRow]:
    return [row for lane in Lane for key in pending_keys(lane) for row in pending(key, 100)]


@pytest.mark.parametrize("queue", ["urgent-domain-events", "holding-events", "urgent-notification-events"])
def test_a_failing_queue_neither_holds_the_others_back_nor_repeats_what_they_got(
    urls: dict[str, str], broken: Broken, queue: str
) -> None:
    people = [f"p{number}" for number in range(25)]
    write("trading_paused", *people)
    broken.queues = {queue}
    for _ in range(3):
        Carrier().sweep()

    once = Counter(people)
    others = {"urgent-domain-events", "holding-events", "entry-cancellations", "urgent-notification-events"} - {queue}
    got = received(urls)
    assert {name: got[name] for name in others} == dict.fromkeys(others, once)
    assert {row.queue for row in waiting()} == {queue}

    broken.queues = set()
    Carrier().sweep()

    assert received(urls) == {name: once if name == queue else Counter() for name in urls}
    assert waiting() == []


def test_more_than_a_page_that_waits_for_a_failing_queue_holds_nobody_back(
    urls: dict[str, str], broken: Broken
) -> None:
    broken.queues = {"notification-events"}
    write("session_summary", *(f"old{number}" for number in range(5 * PAGE)))
    Carrier(page=PAGE).sweep()
    received(urls)

    write("session_summary", "new")
    Carrier(page=PAGE).sweep()

    assert received(urls)["domain-events"] == {"new": 1}


def test_a_failing_queue_is_tried_once_in_an_invocation(broken: Broken) -> None:
    broken.queues = {"notification-events"}
    write("session_summary", *(f"p{number}" for number in range(3 * PAGE)))

    Carrier(page=PAGE).sweep()

    assert 0 < sum(queue == "notification-events" for queue, _ in broken.sent) <= PAGE


def test_what_waits_for_a_failing_queue_is_not_read_again_in_an_invocation(broken: Broken) -> None:
    broken.queues = {"holding-events"}
    write("trading_paused", "paused")
    Carrier().sweep()
    write("session_summary", *(f"p{number}" for number in range(12 * PAGE)))

    with counted() as seen:
        Carrier(page=PAGE).sweep()

    reads = sum(count for request, count in seen.items() if request.startswith("BatchGetItem"))
    assert 12 <= reads <= 20, "each page of the rest has it read anew"


def test_what_waits_for_a_failing_queue_is_as_old_as_its_commit(broken: Broken) -> None:
    broken.queues = {"domain-events"}
    write("session_summary", "ada")
    (row,) = OutboxRow.scan()
    row.created_at = "2013-02-19T14:15:00Z"
    row.save()

    Carrier().sweep()

    (left,) = waiting()
    assert (left.queue, left.created_at) == ("domain-events", "2013-02-19T14:15:00Z")
    assert Carrier().oldest_ms() > 3_600_000


def test_what_a_queue_refuses_by_itself_keeps_waiting_alone(urls: dict[str, str], broken: Broken) -> None:
    broken.texts = {"poison"}
    write("session_summary", "poison", *(f"p{number}" for number in range(24)))

    Carrier().sweep()
    Carrier().sweep()

    left = Counter(f"p{number}" for number in range(24))
    assert received(urls)["notification-events"] == left
    assert {row.queue for row in waiting()} == {"domain-events", "notification-events"}
    assert len(waiting()) == 2


def test_urgent_events_are_sent_before_any_other(broken: Broken) -> None:
    write("session_summary", *(f"p{number}" for number in range(30)))
    write("trading_paused", "paused")

    Carrier().sweep()

    assert {name for _, name in broken.sent[:4]} == {"trading_paused"}
    assert all(name == "session_summary" for _, name in broken.sent[4:])


def test_an_urgent_event_that_comes_meanwhile_waits_for_one_page_at_most(
    broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("session_summary", *(f"p{number}" for number in range(5 * PAGE)))
    real = Carrier.deliver

    def deliver(carrier: Carrier, rows: Any) -> int:
        if len(broken.sent) == 0:
            write("trading_paused", "paused")
        return real(carrier, rows)

    monkeypatch.setattr(Carrier, "deliver", deliver)
    Carrier(page=PAGE).sweep()

    assert [name for _, name in broken.sent].index("trading_paused") <= 2 * PAGE


def test_who_dies_anywhere_loses_nothing(urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    write("trading_paused", *(f"r{number}" for number in range(3)))
    places = crashes.count(lambda: Carrier().sweep())
    received(urls)
    assert places >= 30

    for place in range(1, places + 1, 2):
        people = {f"p{place}-{number}" for number in range(3)}
        write("trading_paused", *people)
        crashes.die_at(place, lambda: Carrier().sweep())
        Carrier().sweep()
        got = received(urls)
        assert all(set(got[queue]) == people for queue in TradingPaused.queues()), place
        assert waiting() == []


def test_who_dies_anywhere_while_a_queue_fails_forgets_no_queue(
    urls: dict[str, str], broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes = Crashes(monkeypatch)
    broken.queues = {"holding-events"}
    write("trading_paused", "r")
    places = crashes.count(lambda: Carrier().sweep())
    broken.queues = set()
    Carrier().sweep()
    received(urls)

    for place in range(1, places + 1):
        write("trading_paused", f"p{place}")
        broken.queues = {"holding-events"}
        crashes.die_at(place, lambda: Carrier().sweep())
        broken.queues = set()
        Carrier().sweep()

        got = received(urls)
        assert all(set(got[queue]) == {f"p{place}"} for queue in TradingPaused.queues()), place
        assert waiting() == []


@dataclass
class Hurried:
    """A clock on which each reading takes ten seconds."""

    moment: datetime = field(default_factory=lambda: SystemClock().now())

    def now(self) -> datetime:
        self.moment += timedelta(seconds=10)
        return self.moment


def test_a_sweep_ends_in_time_and_the_next_goes_on(urls: dict[str, str]) -> None:
    write("session_summary", *(f"p{number}" for number in range(12 * PAGE)))

    first = Carrier(Hurried(), page=PAGE).sweep()

    assert timedelta(seconds=60) >= 2 * SWEEP_FOR
    assert 0 < first < 12 * PAGE
    assert first + Carrier().sweep() == 12 * PAGE
    assert sum(received(urls)["domain-events"].values()) == 12 * PAGE


def test_the_time_from_commit_to_queue_is_measured_by_lane(capsys: pytest.CaptureFixture[str]) -> None:
    write("session_summary", "a", "b")
    write("trading_paused", "c")

    Carrier().sweep()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    lags = [(line["lane"], value) for line in lines for value in line.get("OutboxLag", ())]
    assert Counter(lane for lane, _ in lags) == {"urgent": 1, "ordinary": 2}
    assert all(0 <= value < 60_000 for _, value in lags)


def test_while_nothing_waits_a_sweep_and_its_measure_look_once_each() -> None:
    carrier = Carrier()

    with counted() as seen:
        assert (carrier.sweep(), carrier.oldest_ms()) == (0, 0)

    assert dict(seen) == {"Scan by_pending": 2}


def test_what_one_look_does_not_show_is_swept_too(urls: dict[str, str]) -> None:
    people = [f"p{number}" for number in range(MAX_SHOWN + 5)]
    write("session_summary", *people)
    write("trading_paused", "last")

    Carrier().sweep()

    got = received(urls)
    assert (got["domain-events"], got["urgent-domain-events"]) == (Counter(people), {"last": 1})
    assert waiting() == []


def test_what_waits_for_a_queue_that_is_no_longer_there_is_tried_and_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("session_summary", "a")
    (row,) = OutboxRow.scan()
    left = row.left_for("renamed-events")
    left.created_at = "2013-02-19T14:15:00Z"
    left.save()
    row.sent().save()
    carrier = Carrier()

    assert carrier.sweep() == 0

    assert carrier.oldest_ms() > 3_600_000
    assert '"queue":"renamed-events"' in capsys.readouterr().out.replace(" ", "")


def requests_until_a_pause_is_sent(waiting_summaries: int, broken: Broken) -> int:
    """Return what a sweep asks for until a pause is in all its queues."""
    write("session_summary", *(f"w{number}" for number in range(waiting_summaries)))
    write("trading_paused", "paused")
    broken.sent.clear()
    real = Carrier.deliver

    def deliver(carrier: Carrier, rows: Any) -> int:
        real(carrier, rows)
        raise Crash  # what comes after the first delivery is no part of it

    with pytest.MonkeyPatch.context() as patch, counted() as seen:
        patch.setattr(Carrier, "deliver", deliver)
        with pytest.raises(Crash):
            Carrier().sweep()
    assert {queue for queue, _ in broken.sent[:4]} >= {"holding-events", "entry-cancellations"}
    assert {name for _, name in broken.sent[:4]} == {"trading_paused"}
    return seen.total()


def test_a_pause_costs_no_more_requests_behind_hundreds_of_summaries(broken: Broken) -> None:
    alone = requests_until_a_pause_is_sent(0, broken)
    behind = requests_until_a_pause_is_sent(300, broken)

    assert behind - alone <= len(pending_keys(Lane.URGENT)), "it grows with the other lane's backlog"
    assert behind <= 20
