"""The alarms that went off: the template's own, fed with what functions, queues and the API report.

A sum is taken over the alarm's period of business time, and begins anew when it has crossed the
threshold; so where one is enough, each one counts. A level counts when it comes to the threshold from
below, and a number of messages also whenever it grows beyond it. The age of a queue is the longer one
of wall time and of business time since its oldest message was first seen.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.alarm_template import Alarm
from sandbox.emulator import Sample, Work
from trading.platform.clock import rfc3339

QUEUES = "AWS/SQS"
VISIBLE, HIDDEN = "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"
AGE = "ApproximateAgeOfOldestMessage"
API_FAILED = Sample("AWS/ApiGateway", "5xx", {"ApiId": "the one"}, 1)


@dataclass
class Crossing:
    """How often a metric crossed its alarm's threshold, and when it last did."""

    metric: str
    count: int = 0
    last_at: str = ""


@dataclass
class Gauge:
    """What an alarm has seen: its last level, or its sum since a moment."""

    level: float = 0
    since: datetime | None = None


@dataclass
class AlarmBoard:
    """Counts each time that an alarm's metric crosses its threshold; what it counted is kept in a file."""

    file: Path
    alarms: Sequence[Alarm]
    now: Callable[[], datetime]
    crossings: dict[str, Crossing] = field(default_factory=dict)
    _gauges: dict[str, Gauge] = field(default_factory=dict)
    _seen: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def in_folder(
        cls, folder: Path, alarms: Sequence[Alarm], *, now: Callable[[], datetime], afresh: bool
    ) -> "AlarmBoard":
        """Return the board of a folder, an empty one for one that begins afresh."""
        file = folder / "alarms.json"
        kept = {} if afresh or not file.exists() else json.loads(file.read_text())
        return cls(file, alarms, now, {name: Crossing(**crossing) for name, crossing in kept.items()})

    def items(self) -> dict[str, list[dict[str, Any]]]:
        """Return the alarms that went off."""
        with self._lock:
            crossings = sorted(self.crossings.items())
            return {"items": [{"name": name.split("|")[0], **asdict(crossing)} for name, crossing in crossings]}

    def watch(self, work: Work) -> None:
        """Take in what queues hold and what functions reported since the last time."""
        with self._lock:
            for sample in work.samples:
                self.take(sample)
            # Asked for whenever queues are counted, so nothing is searched here.
            for alarm in self.alarms:
                queue = alarm.dimensions.get("QueueName") or ""
                if alarm.namespace == QUEUES and queue in work.queues:
                    level = self._level(alarm.metric, queue, work)
                    if level is not None and self._crosses(alarm, level):
                        self._count(alarm)

    def _level(self, metric: str, queue: str, work: Work) -> float | None:
        visible, hidden = work.queues[queue]
        if metric == AGE:
            return self._age(queue, work.oldest.get(queue))
        return {VISIBLE: visible, HIDDEN: hidden}.get(metric)

    def take(self, sample: Sample) -> None:
        """Take in one value of a metric."""
        with self._lock:
            for alarm in self._watching(sample):
                if self._crosses(alarm, sample.value):
                    self._count(alarm)

    def _watching(self, sample: Sample) -> list[Alarm]:
        return [alarm for alarm in self.alarms if alarm.concerns(sample.namespace, sample.metric, sample.dimensions)]

    def _crosses(self, alarm: Alarm, value: float) -> bool:
        gauge = self._gauges.setdefault(alarm.name + alarm.metric, Gauge())
        return self._adds_up(alarm, gauge, value) if alarm.is_sum else _rises(alarm, gauge, value)

    def _adds_up(self, alarm: Alarm, gauge: Gauge, value: float) -> bool:
        now = self.now()
        if gauge.since is None or now - gauge.since >= timedelta(seconds=alarm.period_seconds):
            gauge.since, gauge.level = now, 0
        gauge.level += value
        crosses = alarm.is_crossed_by(gauge.level)
        if crosses:
            gauge.since, gauge.level = None, 0
        return crosses

    def _count(self, alarm: Alarm) -> None:
        crossing = self.crossings.setdefault(f"{alarm.name}|{alarm.metric}", Crossing(alarm.metric))
        crossing.count += 1
        crossing.last_at = rfc3339(self.now())
        self.file.write_text(json.dumps({name: asdict(crossing) for name, crossing in self.crossings.items()}))

    def _age(self, queue: str, oldest: tuple[float, float] | None) -> float:
        """Return a queue's age in seconds; `oldest` is when its oldest message was sent, and how old that is."""
        if oldest is None:
            self._seen.pop(queue, None)
            return 0
        sent_at, age = oldest
        now = self.now()
        if queue not in self._seen or self._seen[queue][0] != sent_at:
            self._seen[queue] = (sent_at, now)
        return max(age, (now - self._seen[queue][1]).total_seconds())


def _rises(alarm: Alarm, gauge: Gauge, value: float) -> bool:
    before, gauge.level = gauge.level, value
    if not alarm.is_crossed_by(value):
        return False
    return not alarm.is_crossed_by(before) or (alarm.metric != AGE and alarm.namespace == QUEUES and value > before)
