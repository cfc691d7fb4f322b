"""Event sources on streams: nothing is skipped or taken for done that was not, and one poison record stops nobody."""

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.emulator import streams
from sandbox.emulator.streams import STRIDE, Streams

SOURCE = "arn:aws:dynamodb:us-east-1:000000000000:table/outbox/stream/now"
TRIES = 3


@dataclass
class Tables:
    """A table's stream, of which what is old may be trimmed."""

    names: list[str] = field(default_factory=list)
    trimmed: int = 0

    def stream_start_position(self, _: str) -> int:
        return self.trimmed

    def stream_end_position(self, _: str) -> int:
        return len(self.names)

    def stream_records_since(self, _: str, position: int, limit: int) -> list[dict[str, Any]]:
        return [
            {"dynamodb": {"SequenceNumber": str(place), "Keys": name}}
            for place, name in list(enumerate(self.names))[max(position, self.trimmed) : position + limit]
        ]

    def _emit_stream_event(self, name: str) -> None:
        self.names.append(name)


class Bell:
    rings = 0

    def set(self) -> None:
        self.rings += 1


@dataclass
class Functions:
    """The emulator's functions: one follows the stream, takes what begins with `mine`, and fails as it is asked to."""

    batches: list[list[str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    raising: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    answer: Any = None
    is_there: bool = True
    mapping: dict[str, Any] = field(
        default_factory=lambda: {
            "UUID": "source", "EventSourceArn": SOURCE, "FunctionName": "relay", "BatchSize": 10,
            "MaximumRetryAttempts": TRIES,
        }
    )  # fmt: skip
    _esm_inflight: dict[str, int] = field(default_factory=dict)
    _esm_wake: Bell = field(default_factory=Bell)
    _request_account_id: ContextVar[str] = field(default_factory=lambda: ContextVar("account"))
    _request_region: ContextVar[str] = field(default_factory=lambda: ContextVar("region"))

    def _iter_all_esms(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        yield "000000000000", "us-east-1", self.mapping
        yield "000000000000", "us-east-1", {"UUID": "queue", "EventSourceArn": "arn:aws:sqs:us-east-1:0:orders"}

    def _apply_filter_criteria(self, records: Sequence[Any], _: Any) -> list[Any]:
        return [record for record in records if record["dynamodb"]["Keys"].startswith("mine")]

    def _get_func_record_for_qualifier(self, name: str, _: object) -> tuple[str | None, None]:
        return name if self.is_there else None, None

    def _dispatch_esm_batch(self, _: str, run: Any, *given: Any) -> None:
        run(*given)

    def _execute_function(self, _: str, event: Any) -> dict[str, Any]:
        names = [record["dynamodb"]["Keys"] for record in event["Records"]]
        self.batches.append(names)
        if self.raising.intersection(names):
            return {"error": True, "body": {"errorType": "RuntimeError"}}
        numbers = {record["dynamodb"]["Keys"]: record["dynamodb"]["SequenceNumber"] for record in event["Records"]}
        refused = [{"itemIdentifier": numbers[name]} for name in names if name in self.refusing]
        return {"body": self.answer if self.answer is not None else {"batchItemFailures": refused}}

    def _send_ddb_stream_failure_record(self, _: Any, __: Any, records: Any, *___: Any) -> None:
        self.lost += [record["dynamodb"]["Keys"] for record in records]

    @property
    def done(self) -> list[str]:
        """Return what was in batches that nothing of failed."""
        bad = self.raising | self.refusing
        return [name for batch in self.batches if bad.isdisjoint(batch) for name in batch]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "RETRY_SECONDS", -1)


def mine(number: int) -> list[str]:
    return [f"mine{place}" for place in range(number)]


def follow(found: Streams, times: int = 1000) -> None:
    for _ in range(times):
        if not found.follow():
            break


def test_everything_is_taken_once_in_order_and_in_batches() -> None:
    functions, tables = Functions(), Tables(mine(25))
    found = Streams(functions, tables)
    assert found.behind() == 25

    follow(found)

    assert functions.batches == [mine(25)[:10], mine(25)[10:20], mine(25)[20:]]
    assert found.behind() == 0


def test_what_a_filter_leaves_out_is_passed_by_however_much_it_is() -> None:
    functions = Functions()
    tables = Tables(["other"] * (2 * STRIDE + 5) + ["mine0"] + ["other"] * 7)
    found = Streams(functions, tables)

    follow(found)

    assert functions.batches == [["mine0"]]
    assert found.behind() == 0


def test_one_poison_record_is_found_by_parting_and_no_other_is_lost() -> None:
    functions, tables = Functions(raising={"mine37"}), Tables(mine(60))
    functions.mapping["BatchSize"] = 50

    follow(Streams(functions, tables))

    assert functions.lost == ["mine37"]
    assert functions.done == [name for name in mine(60) if name != "mine37"]
    assert functions.batches.count(["mine37"]) == 1 + TRIES


def test_records_that_fail_one_by_one_come_again_and_nothing_before_them() -> None:
    functions, tables = Functions(refusing={"mine4", "mine7"}), Tables(mine(10))

    follow(Streams(functions, tables))

    assert functions.lost == ["mine4", "mine7"]
    assert [batch[0] for batch in functions.batches[:2]] == ["mine0", "mine4"]
    assert sum("mine3" in batch for batch in functions.batches) == 1
    assert {name for batch in functions.batches for name in batch} == set(mine(10))


def test_what_failed_rests_before_it_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "RETRY_SECONDS", 3600)
    functions, tables = Functions(raising={"mine0"}), Tables(mine(1))
    found = Streams(functions, tables)

    assert (found.follow(), found.follow()) == (True, False)

    assert (functions.batches, found.behind()) == ([["mine0"]], 1)


def test_a_record_that_came_twice_is_taken_twice_and_each_source_goes_on_from_its_own_place() -> None:
    functions, tables = Functions(), Tables(["mine0", "mine0", "mine1"])
    found = Streams(functions, tables)
    follow(found)
    functions.mapping = {**functions.mapping, "UUID": "another source"}

    follow(found)

    assert functions.batches == [["mine0", "mine0", "mine1"]] * 2
    assert {follower.position for follower in found.followers.values()} == {3}


def test_a_failure_does_not_count_against_another_record() -> None:
    functions, tables = Functions(), Tables(mine(8))
    found = Streams(functions, tables)
    functions.mapping["BatchSize"] = 1
    for name in mine(8):
        functions.refusing = {name}
        follow(found, TRIES)
        functions.refusing = set()
        follow(found, 1)

    assert functions.lost == []
    assert found.behind() == 0


def test_progress_up_to_another_record_forgets_the_failures_of_the_one_before() -> None:
    functions, tables = Functions(), Tables(mine(3))
    found = Streams(functions, tables)
    functions.mapping["BatchSize"] = 1
    functions.refusing = {"mine0"}
    follow(found, TRIES)
    functions.mapping["BatchSize"], functions.refusing = 2, {"mine1"}
    found.followers["source"].limit = STRIDE
    follow(found, 1)
    functions.mapping["BatchSize"] = 1
    follow(found, TRIES)

    assert functions.lost == []
    assert found.followers["source"].position == 1


@pytest.mark.parametrize(
    "failure", [{"itemIdentifier": "unknown"}, {"itemIdentifier": ""}, {"itemIdentifier": None}, {}]
)
def test_a_failure_that_names_no_record_has_the_whole_batch_come_again(failure: dict[str, object]) -> None:
    functions, tables = Functions(answer={"batchItemFailures": [{"itemIdentifier": "1"}, failure]}), Tables(mine(2))
    found = Streams(functions, tables)

    follow(found, 1)
    functions.answer = {"batchItemFailures": []}
    follow(found)

    assert functions.batches[0] == mine(2)
    assert functions.batches[1][0] == "mine0"
    assert found.behind() == 0


@pytest.mark.parametrize(
    "answer", ['{"batchItemFailures": [{"itemIdentifier": "1"}]}', {"batchItemFailures": None}, ""]
)
def test_an_answer_is_read_as_lambda_reads_it(answer: object) -> None:
    functions, tables = Functions(answer=answer), Tables(mine(2))
    found = Streams(functions, tables)

    follow(found, 1)

    assert found.behind() == (1 if isinstance(answer, str) and answer else 0)


def test_after_a_restart_nothing_new_is_skipped() -> None:
    functions, tables = Functions(), Tables(mine(25))
    follow(Streams(functions, tables))
    functions.batches, again = [], Tables()
    found = Streams(functions, again)
    follow(found)

    for name in mine(3):
        again.names.append(name)
        follow(found)

    assert functions.done == mine(3)


def test_what_was_trimmed_meanwhile_stops_nobody() -> None:
    functions, tables = Functions(), Tables(mine(8), trimmed=5)

    follow(Streams(functions, tables))

    assert functions.done == mine(8)[5:]


def test_a_source_that_is_at_work_or_switched_off_takes_nothing_and_goes_on_after() -> None:
    functions, tables = Functions(), Tables(mine(2))
    found = Streams(functions, tables)
    functions._esm_inflight["source"] = 1
    assert found.follow() is False
    functions._esm_inflight.clear()
    functions.mapping["Enabled"] = False
    assert (found.follow(), found.behind()) == (False, 0)

    functions.mapping["Enabled"] = True
    follow(found)

    assert functions.done == mine(2)


def test_without_its_function_a_source_waits() -> None:
    functions, tables = Functions(is_there=False), Tables(mine(2))
    found = Streams(functions, tables)

    assert (found.follow(), found.behind()) == (False, 2)


def test_whatever_is_written_is_looked_at_at_once() -> None:
    functions, tables = Functions(), Tables()
    Streams(functions, tables).install()

    tables._emit_stream_event("mine0")

    assert (tables.names, functions._esm_wake.rings) == (["mine0"], 1)
