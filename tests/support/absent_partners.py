"""Partners that hang or cannot be reached, for whom nobody waits in fact.

What a client would have waited is added to the clock that deadlines are read from, in the thread of the
tests alone; so a day without a partner takes seconds, and all timeouts, tries and budgets are real.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

MOUNTED_AT = "/sandbox/partners/"


class Absence(StrEnum):
    """How a partner is away: it takes a request and never answers, or nothing listens."""

    HANGS = "hangs"
    UNREACHABLE = "unreachable"


@dataclass
class AbsentPartners:
    """Which partners are away, how long was waited in all, and how often each was asked in vain."""

    away: dict[str, Absence] = field(default_factory=dict)
    waited: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)

    @classmethod
    def installed(cls, monkeypatch: pytest.MonkeyPatch) -> "AbsentPartners":
        """Return partners none of whom is away yet, for every client of this process."""
        made, thread = cls(), threading.get_ident()
        monotonic, sleep, request = time.monotonic, time.sleep, HTTPConnectionPool._make_request

        def is_ours() -> bool:
            return threading.get_ident() == thread

        def wait(seconds: float) -> None:
            if is_ours():
                made.waited += seconds
            else:
                sleep(seconds)

        def ask(pool: HTTPConnectionPool, conn: HTTPConnection, method: str, url: str, **more: Any) -> Any:
            made._ask(pool, conn, url, more.get("timeout"))
            return request(pool, conn, method, url, **more)

        monkeypatch.setattr(time, "monotonic", lambda: monotonic() + (made.waited if is_ours() else 0))
        monkeypatch.setattr(time, "sleep", wait)
        monkeypatch.setattr(HTTPConnectionPool, "_make_request", ask)
        return made

    def _ask(self, pool: HTTPConnectionPool, conn: HTTPConnection, url: str, timeout: Any) -> None:
        partner = url.removeprefix(MOUNTED_AT).partition("/")[0]
        absence = self.away.get(partner)
        if absence is None:
            return
        self.asked[partner] += 1
        if absence is Absence.UNREACHABLE:
            raise NewConnectionError(conn, "nothing listens")
        self.waited += pool._get_timeout(timeout).read_timeout or 0
        raise ReadTimeoutError(pool, url, "it never answers")
