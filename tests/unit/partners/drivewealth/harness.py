"""A broker that answers as a test has it, below the real client: only the wire is replaced."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError

from trading.partners.drivewealth.client import DriveWealth
from trading.partners.drivewealth.connection import Connection, Login
from trading.partners.drivewealth.session import Sessions, SessionStore, SharedSession
from trading.partners.drivewealth.transport import Transport
from trading.platform.clock import Clock, FixedClock

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECRET = {
    "username": "tiller-advisor",
    "password": "canary-password",
    "app_key": "canary-app-key",
    "wlp_id": "TILR",
    "parent_ib_id": "firm-1",
    "ria_user_id": "advisor-1",
    "ria_product_id": "product-1",
    "app_type_id": "4",
}
_POOL = HTTPConnectionPool("broker.test")
NEVER_SENT: Mapping[str, Exception] = {
    "no answer to connecting": requests.ConnectTimeout(MaxRetryError(_POOL, "/", ConnectTimeoutError())),
    "connection refused": requests.ConnectionError(
        MaxRetryError(_POOL, "/", NewConnectionError(HTTPConnection("broker.test"), "refused"))
    ),
}
MAYBE_SENT: Mapping[str, Exception] = {
    "no answer in time": requests.ReadTimeout("read timed out"),
    "connection dropped": requests.ConnectionError(ProtocolError("Connection aborted.")),
    "answer broken off": requests.exceptions.ChunkedEncodingError("broken"),
}


@dataclass(frozen=True)
class Asked:
    """One request as it went out."""

    method: str
    path: str
    headers: Mapping[str, str]
    text: str
    timeout: tuple[float, float]

    @property
    def body(self) -> Any:
        return json.loads(self.text, parse_float=Decimal)


class Broker(BaseAdapter):
    """Answers with the next thing that it was given, the last one stays; logs in whoever asks."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[Asked] = []
        self.logins: list[Asked] = []
        self.login_answer: Any = None
        self.while_logging_in: Callable[[], object] = lambda: None

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        del args
        body = request.body or b""
        text = body.decode() if isinstance(body, bytes) else str(body)
        path = urlsplit(request.url or "").path
        asked = Asked(str(request.method), path, dict(request.headers), text, kwargs["timeout"])
        answer = self._login(asked) if path == "/back-office/auth" else self._answer(asked)
        if isinstance(answer, Exception):
            raise answer
        return _response(request, *answer)

    def close(self) -> None:
        pass

    def _login(self, asked: Asked) -> Any:
        self.logins.append(asked)
        token = {"authToken": f"canary-token-{len(self.logins)}", "expiresAt": "2026-03-02T17:00:00.000Z"}
        self.while_logging_in()
        return self.login_answer or (200, token)

    def _answer(self, asked: Asked) -> Any:
        self.asked.append(asked)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class MemorySessions:
    """The shared row, in memory."""

    def __init__(self) -> None:
        self.session: SharedSession | None = None
        self.reads = 0

    def load(self) -> SharedSession | None:
        self.reads += 1
        return self.session

    def put(self, session: SharedSession) -> bool:
        current = self.session.version if self.session else 0
        if session.version != current + 1:
            return False
        self.session = session
        return True

    def take_lease(self, until: datetime) -> None:
        """Have another process hold the lease, whatever becomes of it."""
        seen = self.session or SharedSession(version=0)
        self.session = replace(seen, version=seen.version + 1, lease_until=until)


@dataclass
class Wall:
    """Time that passes by sleeping alone, and by what each reading costs."""

    reading_costs: float = 0.0
    at: float = 0.0
    slept: list[float] = field(default_factory=list)
    while_sleeping: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        self.at += self.reading_costs
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        self.while_sleeping()


def client_of(
    broker: Broker, *, wall: Wall | None = None, store: SessionStore | None = None, clock: Clock | None = None
) -> DriveWealth:
    """Return a client, as one more process would have it."""
    wall, clock = wall or Wall(), clock or FixedClock(NOW)
    session = requests.Session()
    session.mount("https://", broker)
    transport = Transport("https://broker.test", session, wall.sleep, wall.monotonic)
    login = Login(transport, lambda: SECRET, clock)
    sessions = Sessions(store or MemorySessions(), login, clock, wall.sleep, wall.monotonic)
    return DriveWealth(Connection(transport, sessions, lambda: SECRET))


def made(answer: Any, call: Callable[[DriveWealth], Any]) -> tuple[Any, Asked]:
    """Return what a call makes of an answer, and the one request that it sent."""
    broker = Broker((200, answer))
    result = call(client_of(broker))
    assert len(broker.asked) == 1
    return result, broker.asked[0]


def _response(
    request: requests.PreparedRequest, status: int, body: Any = None, headers: Mapping[str, str] | None = None
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.url, response.request = request.url or "", request
    text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    response._content = text.encode()
    response.headers.update(headers or {})
    return response
