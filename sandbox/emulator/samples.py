"""The metrics that functions report: lines of their logs in CloudWatch's embedded format."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = '"_aws"'
MAX_KEPT = 100_000

Reported = dict[str, Any]


@dataclass
class Samples:
    """What was reported and not yet asked for."""

    _waiting: list[Reported] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, line: str) -> None:
        """Take what a line of a log reports, if it is of that kind."""
        if MARK not in line:
            return
        try:
            found = list(_samples(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        with self._lock:
            self._waiting = [*self._waiting, *found][-MAX_KEPT:]

    def take(self) -> list[Reported]:
        """Take what waits, once."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return waiting


def _samples(line: Mapping[str, Any]) -> Iterator[Reported]:
    for block in line["_aws"]["CloudWatchMetrics"]:
        for names in block["Dimensions"]:
            dimensions = {name: str(line[name]) for name in names}
            for metric in block["Metrics"]:
                values = line[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    sample = {"namespace": block["Namespace"], "metric": metric["Name"], "value": float(value)}
                    yield {**sample, "dimensions": dimensions}
