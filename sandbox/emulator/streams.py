"""Streams of tables in the emulator, as Lambda follows them; the emulator's own following is put aside.

What it lacks: it invokes on the thread that all queues wait for, skips what a filter leaves out a batch
at a time, knows no records that failed one by one, no limit of tries and no parting of batches, and after
a restart it waits for records at positions of a stream that is gone. Its own process alone imports it.

Streams live as long as the process, so positions do too: after a restart each source begins where its
stream does. What the stream before held lies pending for the sweeper.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STRIDE = 1000
RETRY_SECONDS = 0.2
DEFAULT_TRIES = 10_000


@dataclass
class Follower:
    """One event source: where it is, how often its next record failed alone, and how large its next batch may be."""

    position: int = 0
    failures: int = 0
    limit: int = STRIDE
    rests_until: float = 0.0

    def succeed(self, after: int) -> None:
        """Go on behind a batch."""
        self.position, self.failures, self.limit = after, 0, STRIDE

    def fail(self, first: int, *, size: int) -> None:
        """Come again from the first record that failed; a batch is parted until one record is alone, which counts."""
        self.rests_until = time.time() + RETRY_SECONDS
        if first != self.position:
            self.position, self.failures, self.limit = first, 0, STRIDE
        elif size > 1:
            self.limit = size // 2
        else:
            self.failures += 1


@dataclass
class Streams:
    """Follows every stream that functions are mapped to; `services` is the emulator's package of services."""

    functions: Any
    tables: Any
    followers: dict[str, Follower] = field(default_factory=dict)

    def install(self) -> None:
        """Take the place of the emulator's own following, and have it begin as soon as something is written."""
        emit = self.tables._emit_stream_event

        def emit_and_trigger(*given: Any, **more: Any) -> None:  # noqa: ANN401 - the emulator's own
            emit(*given, **more)
            self.functions._esm_wake.set()

        self.tables._emit_stream_event = emit_and_trigger
        self.functions._poll_dynamodb_streams = self.follow

    def behind(self) -> int:
        """Return how many records event sources have not gone past, theirs or not."""
        return sum(end - follower.position for _, follower, end in self._sources())

    def follow(self) -> bool:
        """Take the next batch of each event source that is not at work; say whether there was any."""
        moved = False
        for mapping, follower, end in self._sources():
            is_free = not self.functions._esm_inflight.get(mapping["UUID"]) and follower.rests_until <= time.time()
            if follower.position < end and is_free:
                moved = self._take(mapping, follower) or moved
        return moved

    def _sources(self) -> Iterator[tuple[Mapping[str, Any], Follower, int]]:
        """Yield event sources with who follows each and where its stream ends, each in its account and region."""
        service = self.functions
        for account, region, mapping in service._iter_all_esms():
            if not mapping.get("Enabled", True) or "/stream/" not in mapping["EventSourceArn"]:
                continue
            tokens = service._request_account_id.set(account), service._request_region.set(region)
            try:
                follower = self.followers.setdefault(mapping["UUID"], Follower())
                follower.position = max(follower.position, self.tables.stream_start_position(_table(mapping)))
                yield mapping, follower, self.tables.stream_end_position(_table(mapping))
            finally:
                service._request_account_id.reset(tokens[0])
                service._request_region.reset(tokens[1])

    def _take(self, mapping: Mapping[str, Any], follower: Follower) -> bool:
        position = follower.position
        records = self.tables.stream_records_since(_table(mapping), position, STRIDE)
        mine, taken = [], 0
        for taken, record in enumerate(records, start=1):
            if self.functions._apply_filter_criteria([record], mapping):
                mine.append((position + taken - 1, record))
            if len(mine) >= min(mapping["BatchSize"], follower.limit):
                break
        if not mine:
            follower.position = position + len(records)
            return True
        function, _ = self.functions._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        if function is None:
            return False
        # What no filter lets through before the first record is behind it for good.
        follower.position = mine[0][0]
        self.functions._dispatch_esm_batch(
            mapping["UUID"], self._run, mapping, follower, function, tuple(mine), position + taken
        )
        return True

    def _run(self, mapping: Any, follower: Follower, function: Any, mine: Any, after: int) -> None:  # noqa: ANN401
        result = self.functions._execute_function(function, {"Records": [record for _, record in mine]})
        failed = _first_failed(result, [record for _, record in mine])
        if failed is None:
            follower.succeed(after)
            return
        follower.fail(mine[failed][0], size=len(mine))
        if follower.failures > mapping.get("MaximumRetryAttempts", DEFAULT_TRIES):
            lost = [mine[failed][1]]
            self.functions._send_ddb_stream_failure_record(
                mapping, function, lost, mapping["EventSourceArn"], result, "RetryAttemptsExhausted"
            )
            follower.succeed(follower.position + 1)


def follow_streams() -> Callable[[], int]:
    """Have the emulator of this process follow streams; return what counts the records before event sources."""
    from ministack.services import dynamodb, lambda_svc  # type: ignore[import-untyped]  # noqa: PLC0415

    streams = Streams(lambda_svc, dynamodb)
    streams.install()
    return streams.behind


def _table(mapping: Mapping[str, Any]) -> str:
    return str(mapping["EventSourceArn"]).split("/stream/")[0].rpartition("/")[2]


def _first_failed(result: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the place of the first record that failed: all did where the function did, or named one that is none."""
    if result.get("error"):
        return 0
    body = result.get("body")
    answer = json.loads(body) if isinstance(body, str | bytes) and body else body
    failures = (answer.get("batchItemFailures") or ()) if isinstance(answer, dict) else ()
    places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(records)}
    # As on AWS, a name that is no record's has the whole batch come again.
    return min((places.get(failure.get("itemIdentifier"), 0) for failure in failures), default=None)
