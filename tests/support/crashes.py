"""A process that dies before and after every request that it makes."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

Step = Callable[[], object]


class Crash(BaseException):
    """The process dies. No `except Exception` may hold it up."""


class Crashes:
    """Counts the sides of every AWS request, and of whatever else calls `visit`, and dies at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sides = 0
        self.at: int | None = None
        real = BaseClient._make_api_call

        def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            self.visit()
            answer = real(client, operation, arguments)
            self.visit()
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", call)

    def visit(self) -> None:
        """Pass one side of a request."""
        self.sides += 1
        if self.sides == self.at:
            raise Crash

    def count(self, step: Step) -> int:
        """Return how many sides a step passes."""
        self.sides, self.at = 0, None
        step()
        return self.sides

    def die_at(self, place: int, step: Step) -> None:
        """Run a step that dies at a place."""
        self.sides, self.at = 0, place
        with pytest.raises(Crash):
            step()
        self.at = None


def cut_in(monkeypatch: pytest.MonkeyPatch, rival: Step) -> None:
    """Have a rival act right before the first transaction that is written."""
    real, done = BaseClient._make_api_call, [False]

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems" and not done[0]:
            done[0] = True
            rival()
        return real(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
