"""The wire under the SDK: what it sends is kept, what it gets is chosen."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import urllib3

from trading.partners.plaid.client import Plaid, connect

CANARY = "access-sandbox-canary"
WEBHOOK = "https://api.example.com/webhooks/plaid"


@dataclass
class Wire:
    """What the SDK sends, and the answers it gets one after another, the last one for ever."""

    answers: list[Any]
    sent: list[tuple[str, Any, Mapping[str, str]]] = field(default_factory=list)
    timeouts: list[tuple[Any, Any]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=lambda: {"client_id": "client", "secret": "secret"})
    now: float = 0.0
    takes: float = 0.0

    def request(
        self, method: str, url: str, *, body: str, headers: Mapping[str, str], timeout: Any, preload_content: bool
    ) -> urllib3.HTTPResponse:
        assert (method, preload_content) == ("POST", False)
        self.sent.append((url.removeprefix("https://plaid.example.com"), json.loads(body), headers))
        self.timeouts.append((timeout.connect_timeout, timeout.read_timeout))
        self.now += self.takes
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, content = answer
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return urllib3.HTTPResponse(io.BytesIO(raw), status=status, preload_content=False)


def client_of(wire: Wire) -> Plaid:
    made = connect("https://plaid.example.com", lambda: wire.keys, WEBHOOK)
    made.api.api_client.rest_client.pool_manager = wire
    return Plaid(made.api, WEBHOOK, sleep=lambda _: None, monotonic=lambda: wire.now)


def answered(*answers: Any, status: int = 200) -> Wire:
    return Wire([answer if isinstance(answer, Exception) else (status, answer) for answer in answers])


def failed(code: str, status: int = 400) -> Wire:
    error = {"error_type": "ITEM_ERROR", "error_code": code, "error_message": f"{CANARY} is", "display_message": None}
    return answered(error, status=status)


CALLS: Mapping[str, Callable[[Plaid], object]] = {
    "link_token": lambda plaid: plaid.link_token("ada", redirect_uri=None, access_token=CANARY),
    "exchange": lambda plaid: plaid.exchange(CANARY),
    "institution": lambda plaid: plaid.institution(CANARY),
    "accounts": lambda plaid: plaid.accounts(CANARY),
    "balances": lambda plaid: plaid.balances(CANARY, ["a"], fresh_since=datetime(2023, 3, 14, tzinfo=UTC)),
    "processor_token": lambda plaid: plaid.processor_token(CANARY, "a"),
    "remove_item": lambda plaid: plaid.remove_item(CANARY),
    "webhook_key": lambda plaid: plaid.webhook_key("key-1"),
}
ACTS = ("link_token", "exchange", "remove_item")
READS = tuple(name for name in CALLS if name not in ACTS)
