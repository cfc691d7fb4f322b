"""The edge of jobs that hand work to queues for everybody: a run goes on where it stopped.

    scheduler ──► page, page, … ──► time is half up ──► the same function again ──► page, … ──► done
                   └ after each page the cursor is kept on the run's row

A run is keyed by its job and the moment it was scheduled for, as in `schedule`. After each page its row
keeps what is behind it, so whoever takes the run over begins there: the function that it invokes when
half its time is over, Lambda's own second try of one that died, or `resume_runs`, which finds runs whose
lease has ended. What was sent before a cursor was kept is sent twice. The run is done when its last page is.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from trading.platform.aws import client
from trading.platform.clock import rfc3339
from trading.platform.deadline import lambda_seconds, time_limit
from trading.platform.ids import new_id
from trading.platform.log_privacy import without_exception_texts
from trading.platform.observability import correlate, logger
from trading.platform.queue import send_all
from trading.platform.runs import DUPLICATE, NOT_DUE, Cursor, RunRow, RunTakenOver, moment_of
from trading.platform.schedule import FINISH_SECONDS
from trading.platform.sources import Source, Sources, Start

SHARE_MS_LEFT = 2
"""A run hands over when less than this part of its time is left: a half."""

TAKEN_OVER: Mapping[str, object] = {"status": "taken_over"}

Job = Callable[[datetime], Mapping[str, object]]


class Send(Protocol):
    """Hands work to a queue; returns how much of it this run handed on, whoever worked on it."""

    def __call__(self, queue: str, work: Iterable[BaseModel], /) -> int:
        """Send every message of every page that is not behind the run."""
        ...


def sends(send: Send, queue: str, find: Callable[[datetime], Sources[BaseModel]]) -> Job:
    """Return the job that sends a queue what is found for the moment of its run."""
    return lambda scheduled_at: {"status": "done", "sent": send(queue, find(scheduled_at))}


class TriesAgain(Exception):
    """Raised by a job that could not do its work now; its run is taken up again within a minute or two."""


class OutOfTime(Exception):
    """Raised when an invocation's share of time is over; the run goes on in another."""


@dataclass
class Invocation:
    """One invocation's part of a run."""

    row: RunRow
    cursor: Cursor
    is_over: Callable[[], bool]
    pages: int = field(default=0)

    def send(self, queue: str, work: Iterable[BaseModel], /) -> int:
        """Send page after page, keeping the cursor behind each.

        Raises:
            OutOfTime: if another invocation has to go on.
            RunTakenOver: if another invocation does already.
        """
        if not isinstance(work, Sources):
            raise TypeError("a fan-out sends sources, so that it can go on")
        return sum(self._send_source(queue, source) for source in work.parts)

    def _send_source(self, queue: str, source: Source[BaseModel]) -> int:
        done = self.cursor.done.get(source.name)
        if done is not None:
            return done
        for page in source.pages(self.cursor.start_of(source.name)):
            self._make_sure_of_time()
            sent = send_all(queue, page.items)
            self._keep(source.name, sent, page.next_start)
        return self.cursor.done[source.name]

    def _make_sure_of_time(self) -> None:
        if self.pages and self.is_over():
            raise OutOfTime
        self.pages += 1

    def _keep(self, name: str, sent: int, next_start: Start | None) -> None:
        self.cursor = self.cursor.after_page(name, sent, next_start)
        if sent:  # to look for nothing once more costs less than to write that there was nothing
            self.row.keep(self.cursor)


@dataclass(frozen=True)
class FanOut:
    """The entry point of a job over everybody.

    `prepare` is called once per invocation with what sends, and returns the job, which takes the moment
    that the run was scheduled for. A job does again in each invocation what it does besides sending.
    """

    name: str
    prepare: Callable[[Send], Job]

    def __call__(self, event: dict[str, Any], context: Any) -> Mapping[str, object]:  # noqa: ANN401 - AWS's own type
        """Take a run, from its beginning or from where it stopped."""
        return without_exception_texts(self._take)(event, context)

    def _take(self, event: dict[str, Any], context: Any) -> Mapping[str, object]:  # noqa: ANN401 - AWS's own type
        scheduled_at = moment_of(event)
        row = RunRow(self.name, scheduled_at, delivery=getattr(context, "aws_request_id", None) or new_id())
        correlate(row.run_id)
        function = str(getattr(context, "function_name", ""))
        cursor = row.claim(function, again=event.get("again") is True, continues=event.get("continues") is True)
        if cursor is None:
            return DUPLICATE
        with time_limit(lambda_seconds(context) - FINISH_SECONDS):
            return self._work(Invocation(row, cursor, _half_of(context)), function)

    def _work(self, invocation: Invocation, function: str) -> Mapping[str, object]:
        row = invocation.row
        try:
            result = self.prepare(invocation.send)(row.scheduled_at)
        except OutOfTime:
            row.free()
            hand_over(function, self.name, row.scheduled_at)
            return {"status": "continued", "pages": invocation.pages}
        except TriesAgain:
            row.free(at_once=True)
            return {"status": "waiting"}
        except RunTakenOver:
            return TAKEN_OVER
        except Exception:
            with suppress(RunTakenOver):
                row.free()
            raise
        row.finish(is_due=result.get("status") != NOT_DUE)
        logger.info(
            "run finished", job=self.name, status=str(result.get("status")), scheduled_at=rfc3339(row.scheduled_at)
        )
        return result


def hand_over(function: str, job: str, scheduled_at: datetime) -> bool:
    """Have a function go on with a run; where that fails, `resume_runs` finds the run."""
    event = {"job": job, "scheduled_at": rfc3339(scheduled_at), "continues": True}
    try:
        client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode())
    except (BotoCoreError, ClientError) as error:
        logger.warning("run not handed over", job=job, exception_name=type(error).__name__)
        return False
    return True


def _half_of(context: Any) -> Callable[[], bool]:  # noqa: ANN401 - AWS's own type
    """Return the question whether half the time that an invocation has is over."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return lambda: False
    half = remaining() // SHARE_MS_LEFT
    return lambda: remaining() < half
