"""Runs over everybody: page by page, killed anywhere, gone on with, nobody lost."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends
from pydantic import BaseModel

from tests.support.crashes import Crash, Crashes
from trading.platform.clock import SystemClock
from trading.platform.errors import InvalidRequest, Unavailable
from trading.platform.fan_out import FanOut, Job, Send, TriesAgain, sends
from trading.platform.inbox import InboxRow
from trading.platform.runs import (
    ABANDONED_AFTER,
    FREQUENT_TRIES,
    LEASE,
    MAX_TRIES,
    Cursor,
    RunRow,
    left_alone,
    moment_of,
)
from trading.platform.settings import settings
from trading.platform.sources import Source, Sources, sorted_source

AT = "2013-02-19T14:15:00Z"
RUN = f"run#wave#{AT}"
PEOPLE = [f"p{number:02}" for number in range(23)]
SIZE = 3


class Hello(BaseModel):
    owner: str


@pytest.fixture(autouse=True)
def queue(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    del aws
    url = boto3.client("sqs").create_queue(QueueName="hellos")["QueueUrl"]
    monkeypatch.setenv("QUEUE_HELLOS", url)
    settings.cache_clear()
    yield
    settings.cache_clear()


@dataclass
class Context:
    """A Lambda context whose time is over after some readings of it."""

    aws_request_id: str = "first"
    function_name: str = "tiller-wave"
    readings: int = 1_000_000

    def get_remaining_time_in_millis(self) -> int:
        self.readings -= 1
        return 300_000 if self.readings >= 0 else 1000  # two readings are made before the first page


@dataclass
class Wave:
    """A job that waves to everybody; who leaves is no longer found."""

    people: list[str] = field(default_factory=lambda: list(PEOPLE))
    failure: Exception | None = None
    is_due: bool = True

    def prepare(self, send: Send) -> Job:
        def run(_: object) -> Mapping[str, object]:
            if not self.is_due:
                return {"status": "not_due"}
            if self.failure:
                raise self.failure
            return {"status": "done", "sent": send("hellos", self.sources())}

        return run

    def sources(self) -> Sources[Hello]:
        return Sources(tuple(self._part(place) for place in range(3))).map(lambda owner: Hello(owner=owner))

    def _part(self, place: int) -> Source[str]:
        mine = {owner: owner for number, owner in enumerate(PEOPLE) if number % 3 == place}
        return sorted_source(
            f"part#{place}", lambda: {owner: owner for owner in mine if owner in self.people}, size=SIZE
        )


def fire(wave: Wave, context: Context | None = None, **event: Any) -> Mapping[str, object]:
    return FanOut("wave", wave.prepare)({"job": "wave", "scheduled_at": AT, **event}, context or Context())


def greeted() -> list[str]:
    backend = sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].queues["hellos"]
    return [Hello.model_validate_json(message.body).owner for message in backend.messages]


def forget_greetings() -> None:
    sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].queues["hellos"]._messages.clear()


def row() -> InboxRow:
    return InboxRow.get(RUN, consistent_read=True)


def let_lease_end() -> None:
    past = int((SystemClock().now() - timedelta(seconds=1)).timestamp())
    row().update(actions=[InboxRow.lease_until.set(past), InboxRow.due_at.set(past)])


def test_everybody_is_reached_once_and_the_run_is_done_then() -> None:
    assert fire(Wave()) == {"status": "done", "sent": len(PEOPLE)}

    assert sorted(greeted()) == PEOPLE
    assert (row().status, row().due_key) == ("done", None)
    assert fire(Wave()) == {"status": "duplicate"}


@pytest.mark.parametrize("readings", range(2, 6))
def test_a_run_whose_time_is_over_goes_on_in_the_next_invocation(readings: int) -> None:
    answers = [fire(Wave(), Context("first", readings=readings))]
    while answers[-1]["status"] == "continued":
        assert row().status == "running"
        assert len(answers) <= len(PEOPLE), "it begins anew each time"
        answers.append(fire(Wave(), Context(f"next-{len(answers)}", readings=readings), continues=True))

    assert len(answers) > 1
    assert answers[-1] == {"status": "done", "sent": len(PEOPLE)}
    assert sorted(greeted()) == PEOPLE


def test_a_run_that_is_killed_anywhere_goes_on_where_it_stopped_and_loses_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crashes = Crashes(monkeypatch)
    places = crashes.count(lambda: fire(Wave(), again=True))
    pages = 9
    assert places > 2 * pages

    for place in range(1, places + 1):
        InboxRow(RUN).delete()
        forget_greetings()
        crashes.die_at(place, lambda: fire(Wave()))

        assert fire(Wave())["status"] in {"done", "duplicate"}

        assert set(greeted()) == set(PEOPLE)
        assert len(greeted()) <= len(PEOPLE) + SIZE, "more than one page was sent twice"


def test_a_run_that_dies_at_each_page_comes_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)
    fire(Wave(), Context(readings=2))

    for number in range(40):
        let_lease_end()
        crashes.sides, crashes.at = 0, 12
        with suppress(Crash):
            if fire(Wave(), Context(f"again-{number}"), continues=True)["status"] == "done":
                break
        crashes.at = None

    crashes.at = None
    assert 1 < number < 39
    assert row().status == "done"
    assert set(greeted()) == set(PEOPLE)


def test_people_who_leave_meanwhile_hide_nobody() -> None:
    wave = Wave()
    fire(wave, Context("first", readings=3))
    wave.people = [owner for owner in wave.people if owner not in greeted()]

    fire(wave, Context("second"), continues=True)

    assert sorted(greeted()) == PEOPLE


def test_who_was_taken_over_stops_at_the_next_page() -> None:
    rival = Wave()

    @dataclass
    class Slow(Wave):
        def sources(self) -> Sources[Hello]:
            def overtaken(items: Any) -> Any:
                if row().reference == "slow":
                    let_lease_end()
                    fire(rival, Context("rival"))
                return items

            return super().sources().through(overtaken)

    assert fire(Slow(), Context("slow")) == {"status": "taken_over"}
    assert row().status == "done"


def test_while_a_run_is_at_work_another_delivery_has_to_come_again_and_a_continuation_ends() -> None:
    fire(Wave(), Context("first", readings=2))
    until = int((SystemClock().now() + LEASE).timestamp())
    row().update(actions=[InboxRow.lease_until.set(until)])

    with pytest.raises(Unavailable):
        fire(Wave(), Context("second"))
    assert fire(Wave(), Context("third"), continues=True) == {"status": "duplicate"}


def test_a_run_that_failed_keeps_its_cursor_for_the_next_delivery() -> None:
    fire(Wave(), Context("first", readings=3))
    before = len(greeted())
    with pytest.raises(RuntimeError):
        fire(Wave(failure=RuntimeError()), Context("second"))

    fire(Wave(), Context("third"))

    assert 0 < before < len(PEOPLE)
    assert sorted(greeted()) == PEOPLE


def test_a_run_that_nobody_is_at_work_on_is_found_once_a_lease() -> None:
    fire(Wave(), Context("first", readings=3))
    assert list(left_alone()) == []
    let_lease_end()

    (found,) = left_alone()
    assert (found.job, found.function) == ("wave", "tiller-wave")
    assert list(left_alone()) == []

    fire(Wave(), Context("second"), continues=True)
    assert sorted(greeted()) == PEOPLE


def fail(times: int) -> None:
    for number in range(times):
        with pytest.raises(RuntimeError):
            fire(Wave(failure=RuntimeError()), Context(f"try-{number}"))


def let_a_day_pass() -> None:
    begun_at = int((SystemClock().now() - ABANDONED_AFTER).timestamp())
    row().update(actions=[InboxRow.begun_at.set(begun_at)])


def test_a_run_that_gets_no_page_done_is_abandoned_at_last(capsys: pytest.CaptureFixture[str]) -> None:
    fail(MAX_TRIES)
    let_a_day_pass()

    assert fire(Wave(), Context("last")) == {"status": "duplicate"}
    assert (row().status, row().due_key, row().due_at) == ("abandoned", None, None)
    assert '"RunsAbandoned"' in capsys.readouterr().out
    assert list(left_alone()) == []


def test_a_page_that_is_done_begins_the_count_of_tries_anew() -> None:
    fail(MAX_TRIES)
    assert fire(Wave(), Context("one page", readings=3))["status"] == "continued"
    let_a_day_pass()

    assert fire(Wave(), Context("next"), continues=True) == {"status": "done", "sent": len(PEOPLE)}


def test_who_dies_while_a_run_is_abandoned_leaves_no_run_that_nobody_heard_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crashes = Crashes(monkeypatch)

    def hopeless() -> None:
        with suppress(InboxRow.DoesNotExist):
            row().delete()
        fail(1)
        row().update(actions=[InboxRow.tries.set(MAX_TRIES)])
        let_a_day_pass()
        capsys.readouterr()

    hopeless()
    places = crashes.count(lambda: fire(Wave(), Context("last")))
    assert places >= 4
    for place in range(1, places + 1):
        hopeless()
        crashes.die_at(place, lambda: fire(Wave(), Context("last")))
        let_lease_end()
        if row().status != "abandoned":
            fire(Wave(), Context("again"), continues=True)

        assert row().status == "abandoned"
        assert '"RunsAbandoned"' in capsys.readouterr().out, place


def test_each_page_renews_the_lease() -> None:
    run = RunRow("wave", moment_of({"scheduled_at": AT}), "first")
    run.claim("tiller-wave", again=False, continues=False)
    let_lease_end()

    run.keep(Cursor({"part#0": 1}))

    assert int(row().lease_until or 0) > SystemClock().now().timestamp()
    assert list(left_alone()) == []


def test_no_outage_of_a_day_abandons_a_run() -> None:
    fail(2 * MAX_TRIES)

    assert timedelta(hours=24) < ABANDONED_AFTER
    assert fire(Wave(), Context("back")) == {"status": "done", "sent": len(PEOPLE)}


def test_the_last_try_that_is_at_work_is_not_abandoned_under_it() -> None:
    @dataclass
    class Slow(Wave):
        def sources(self) -> Sources[Hello]:
            until = int((SystemClock().now() + LEASE).timestamp())
            row().update(actions=[InboxRow.lease_until.set(until), InboxRow.tries.set(MAX_TRIES)])
            with pytest.raises(Unavailable):
                fire(Wave(), Context("rival"))
            assert fire(Wave(), Context("continuation"), continues=True) == {"status": "duplicate"}
            return super().sources()

    fail(1)
    let_a_day_pass()

    assert fire(Slow(), Context("slow")) == {"status": "done", "sent": len(PEOPLE)}


def test_a_run_that_somebody_went_on_with_after_it_was_read_is_not_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(MAX_TRIES)
    let_a_day_pass()
    real = InboxRow.update

    def update(found: InboxRow, **given: Any) -> Any:
        monkeypatch.setattr(InboxRow, "update", real)
        row().update(actions=[InboxRow.tries.set(0)])  # a page was done between the reading and the writing
        return found.update(**given)

    monkeypatch.setattr(InboxRow, "update", update)
    fire(Wave(), Context("late"), continues=True)

    assert row().status == "running"


def test_a_run_that_fails_on_and_on_is_found_once_an_hour() -> None:
    fail(2 * FREQUENT_TRIES)
    let_lease_end()
    assert len(list(left_alone())) == 1

    until = int((SystemClock().now() + LEASE).timestamp())
    assert int(row().due_at or 0) > until + LEASE.total_seconds()


def test_a_run_that_ended_while_it_was_looked_for_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    fire(Wave(), Context("first", readings=3))
    let_lease_end()
    real = InboxRow.update

    def update(found: InboxRow, **given: Any) -> Any:
        monkeypatch.setattr(InboxRow, "update", real)
        fire(Wave(), Context("rival"))
        return found.update(**given)

    monkeypatch.setattr(InboxRow, "update", update)

    assert list(left_alone()) == []


def test_of_two_that_find_a_run_at_once_one_goes_on_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    fire(Wave(), Context("first", readings=3))
    let_lease_end()
    real, found = InboxRow.update, list[str]()

    def update(read: InboxRow, **given: Any) -> Any:
        monkeypatch.setattr(InboxRow, "update", real)
        found.extend(run.job for run in left_alone())
        return read.update(**given)

    monkeypatch.setattr(InboxRow, "update", update)
    found.extend(run.job for run in left_alone())

    assert found == ["wave"]


def test_of_two_that_begin_a_run_at_once_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    real = InboxRow.save

    def save(new: InboxRow, *given: Any) -> Any:
        monkeypatch.setattr(InboxRow, "save", real)
        assert fire(Wave(), Context("rival"))["status"] == "done"
        return new.save(*given)

    monkeypatch.setattr(InboxRow, "save", save)
    with pytest.raises(Unavailable):
        fire(Wave(), Context("first"))

    assert sorted(greeted()) == PEOPLE


def test_a_run_whose_time_is_over_is_handed_to_the_same_function(monkeypatch: pytest.MonkeyPatch) -> None:
    real, invoked = BaseClient._make_api_call, list[Mapping[str, Any]]()

    def call(client: Any, name: str, parameters: Mapping[str, Any]) -> Any:
        return invoked.append(parameters) if name == "Invoke" else real(client, name, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    fire(Wave(), Context("first", readings=3))

    (invocation,) = invoked
    assert (invocation["FunctionName"], invocation["InvocationType"]) == ("tiller-wave", "Event")
    assert json.loads(invocation["Payload"]) == {"job": "wave", "scheduled_at": AT, "continues": True}


def test_what_could_not_be_done_now_is_found_when_runs_are_taken_up_next() -> None:
    assert fire(Wave(failure=TriesAgain())) == {"status": "waiting"}

    assert [run.job for run in left_alone()] == ["wave"]


def test_a_run_that_is_not_due_leaves_no_trace() -> None:
    assert fire(Wave(is_due=False)) == {"status": "not_due"}
    assert list(InboxRow.scan()) == []


def test_a_run_may_be_asked_for_again_from_the_beginning() -> None:
    fire(Wave())
    forget_greetings()

    assert fire(Wave(), again=True) == {"status": "done", "sent": len(PEOPLE)}
    assert sorted(greeted()) == PEOPLE


def test_what_cannot_go_on_is_not_sent() -> None:
    job = FanOut("wave", lambda send: sends(send, "hellos", lambda _: [Hello(owner="ada")]))  # type: ignore[arg-type,return-value]

    with pytest.raises(RuntimeError, match="TypeError"):
        job({"scheduled_at": AT}, Context())


@pytest.mark.parametrize("event", [{}, {"scheduled_at": None}, {"scheduled_at": "soon"}, {"scheduled_at": AT[:-1]}])
def test_a_run_without_its_moment_is_refused(event: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        FanOut("wave", Wave().prepare)(event, None)
