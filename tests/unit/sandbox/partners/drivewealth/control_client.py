"""Somebody at the control plane, with queues that are always quiet."""

import json
from collections.abc import Callable, Collection
from typing import Any

from starlette.requests import Request

from sandbox.partners.drivewealth.control import DriveWealthControl
from tests.unit.sandbox.partners.drivewealth.advisor import Advisor


class Queues:
    """Queues that are always quiet; they remember what was waited for."""

    def __init__(self) -> None:
        self.settled: list[Collection[str]] = []

    def settle(self, names: Collection[str]) -> None:
        self.settled.append(names)


class ControlClient:
    """Somebody at the control plane."""

    def __init__(self, advisor: Advisor) -> None:
        self.queues = Queues()
        table = DriveWealthControl(advisor.harness.broker, self.queues).table()
        self._operations: dict[str, Callable[[Request, bytes], Any]] = {path: act for _, path, act in table}

    def move(self, run_id: str, status: str, **more: Any) -> Any:
        return self._call("autopilot/{run_id}", run_id, {"status": status, **more})

    def act(self, uid: str = "ada", **wanted: Any) -> Any:
        return self._call("transactions/{uid}", uid, wanted)

    def corrupt(self, uid: str = "ada", **wanted: Any) -> Any:
        return self._call("statuses/{uid}", uid, wanted)

    def _call(self, path: str, name: str, body: object) -> Any:
        request = Request({"type": "http", "path_params": {path.partition("{")[2].rstrip("}"): name}})
        return self._operations[f"/sandbox/drivewealth/{path}"](request, json.dumps(body).encode())
