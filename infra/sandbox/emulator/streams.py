"""Streams of tables in the emulator, as Lambda follows them; the emulator's own following is put aside.

What it lacks: it invokes on the thread that all queues wait for, skips what a filter leaves out a batch
at a time, knows no records that failed one by one, no limit of tries and no parting of batches, and after
a restart it waits for records at positions of a stream that is gone. Its own process alone imports it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

STRIDE = 1000
RETRY_SECONDS = 0.2
DEFAULT_TRIES = 10_000


@dataclass
class Follower:
    """What is known of one event source: its failures in a row, and how large its next batch may be."""

    failures: int = 0
    limit: int = 1000
    rests_until: float = 0.0


@dataclass
class Streams:
    """Follows every stream that functions are mapped to; `services` is the emulator's package of services."""

    functions: Any
    tables: Any
    followers: dict[str, Follower] = field(default_factory=dict)

    def install(self) -> None:
        """Take the place of the emulator's own following, and have it begin as soon as something is written."""
        emit = self.tables._emit_stream_event

        def emit_and_wake(*given: Any, **more: Any) -> None:  # noqa: ANN401 - the emulator's own
            emit(*given, **more)
            self.functions._esm_wake.set()

        self.tables._emit_stream_event = emit_and_wake
        self.functions._poll_dynamodb_streams = self.follow

    def behind(self) -> int:
        """Return how many event sources have records left that are theirs to take."""
        return sum(1 for _, position, end in self._sources() if position < end)

    def follow(self) -> bool:
        """Take the next batch of each event source that is not at work; say whether there was any."""
        moved = False
        for mapping, position, end in self._sources():
            follower = self.followers.setdefault(mapping["UUID"], Follower())
            is_free = not self.functions._esm_inflight.get(mapping["UUID"]) and follower.rests_until <= time.time()
            if position < end and is_free:
                moved = self._take(mapping, follower, position) or moved
        return moved

    def _sources(self) -> Iterator[tuple[Mapping[str, Any], int, int]]:
        """Yield event sources with where each stands and where its stream ends, each in its account and region."""
        service = self.functions
        for account, region, mapping in service._iter_all_esms():
            if not mapping.get("Enabled", True) or "/stream/" not in mapping["EventSourceArn"]:
                continue
            tokens = service._request_account_id.set(account), service._request_region.set(region)
            try:
                table = _table(mapping)
                end, horizon = self.tables.stream_end_position(table), self.tables.stream_start_position(table)
                kept = service._dynamodb_stream_positions.get(mapping["UUID"], horizon)
                # After a restart the stream begins anew; what it held lies pending for the sweeper.
                yield mapping, min(max(kept, horizon), end), end
            finally:
                service._request_account_id.reset(tokens[0])
                service._request_region.reset(tokens[1])

    def _take(self, mapping: Mapping[str, Any], follower: Follower, position: int) -> bool:
        records = self.tables.stream_records_since(_table(mapping), position, STRIDE)
        mine, taken = [], 0
        for taken, record in enumerate(records, start=1):
            if self.functions._apply_filter_criteria([record], mapping):
                mine.append((position + taken - 1, record))
            if len(mine) >= min(mapping["BatchSize"], follower.limit):
                break
        if not mine:
            self._stand_at(mapping, position + len(records))
            return True
        function, _ = self.functions._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        if function is None:
            return False
        self.functions._dispatch_esm_batch(
            mapping["UUID"], self._run, mapping, follower, function, tuple(mine), position + taken
        )
        return True

    def _run(self, mapping: Any, follower: Follower, function: Any, mine: Any, after: int) -> None:  # noqa: ANN401
        result = self.functions._execute_function(function, {"Records": [record for _, record in mine]})
        failed = _first_failed(result, mine)
        if failed is None:
            follower.failures, follower.limit = 0, STRIDE
            self._stand_at(mapping, after)
            return
        follower.failures += 1
        follower.rests_until = time.time() + RETRY_SECONDS
        follower.limit = max(1, len(mine) // 2)
        if follower.failures <= mapping.get("MaximumRetryAttempts", DEFAULT_TRIES):
            self._stand_at(mapping, mine[failed][0])
            return
        lost = [record for _, record in mine[failed : failed + 1]]
        self.functions._send_ddb_stream_failure_record(
            mapping, function, lost, mapping["EventSourceArn"], result, "RetryAttemptsExhausted"
        )
        follower.failures = 0
        self._stand_at(mapping, mine[failed][0] + 1)

    def _stand_at(self, mapping: Mapping[str, Any], position: int) -> None:
        with self.functions._dynamodb_stream_positions_lock:
            self.functions._dynamodb_stream_positions[mapping["UUID"]] = position


def follow_streams() -> Callable[[], int]:
    """Have the emulator of this process follow streams; return what tells how many event sources are behind."""
    from ministack.services import dynamodb, lambda_svc  # type: ignore[import-untyped]  # noqa: PLC0415

    streams = Streams(lambda_svc, dynamodb)
    streams.install()
    return streams.behind


def _table(mapping: Mapping[str, Any]) -> str:
    return str(mapping["EventSourceArn"]).split("/stream/")[0].rpartition("/")[2]


def _first_failed(result: Mapping[str, Any], mine: Any) -> int | None:  # noqa: ANN401 - numbered records
    """Return the place of the first record that failed: all of them where the function did."""
    if result.get("error"):
        return 0
    body = result.get("body")
    failures = body.get("batchItemFailures", ()) if isinstance(body, dict) else ()
    numbers = {each.get("itemIdentifier") for each in failures}
    places = (place for place, (_, record) in enumerate(mine) if record["dynamodb"]["SequenceNumber"] in numbers)
    return next(places, None)
