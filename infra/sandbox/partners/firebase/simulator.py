"""The simulated FCM: what was sent to which token, and which tokens are dead."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.bodies import Body, read
from infra.sandbox.faults import Fault, Faults
from infra.sandbox.partners.failing import failing
from trading.platform.clock import rfc3339

MOUNTED_AT = "/sandbox/partners/firebase"
ACTS = frozenset({None, Fault.DROP_AFTER, Fault.SLOW, Fault.MALFORMED})
"""The faults under which a push is sent all the same."""

TOKEN = {"access_token": "sandbox", "expires_in": 3600, "token_type": "Bearer"}


@dataclass(frozen=True)
class Message:
    """A push that was sent."""

    name: str
    token: str
    title: str
    body: str
    data: Mapping[str, str]
    badge: int | None
    at: str


class TokenRequest(Body):
    """What becomes of a token."""

    unregistered: bool = True


@dataclass
class FirebaseSimulator:
    """Keeps messages in a folder, oldest first."""

    file: Path
    now: Callable[[], datetime]
    messages: list[Message] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    @classmethod
    def in_folder(cls, folder: Path, *, now: Callable[[], datetime], afresh: bool = False) -> "FirebaseSimulator":
        """Return the simulator of a folder, with what was kept there unless `afresh`."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "firebase.json"
        if afresh or not file.exists():
            return cls(file, now)
        kept = json.loads(file.read_text())
        return cls(file, now, [Message(**each) for each in kept["messages"]], set(kept["dead"]))

    def send(self, message: Mapping[str, Any]) -> Message | None:
        """Take a message; None if its token is dead."""
        token = str(message["token"])
        if token in self.dead:
            return None
        told, aps = (
            message.get("notification") or {},
            ((message.get("apns") or {}).get("payload") or {}).get("aps") or {},
        )
        number = len(self.messages) + 1
        name = f"projects/sandbox/messages/{number}"
        sent = Message(
            name, token, told["title"], told["body"], message.get("data") or {}, aps.get("badge"), rfc3339(self.now())
        )
        self.messages.append(sent)
        self._keep()
        return sent

    def kill(self, token: str, *, dead: bool = True) -> None:
        """Have a token reach nobody any more, or somebody again."""
        (self.dead.add if dead else self.dead.discard)(token)
        self._keep()

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Any]]]:
        """Return the control plane's routes for FCM."""
        return [
            ("GET", "/sandbox/firebase/messages", lambda *_: {"items": [asdict(each) for each in self.messages]}),
            ("POST", "/sandbox/firebase/tokens/{token}", self._change),
        ]

    def _change(self, request: Request, body: bytes) -> Mapping[str, Any]:
        wanted, token = read(TokenRequest, body or b"{}"), request.path_params["token"]
        self.kill(token, dead=wanted.unregistered)
        return {"token": token, "unregistered": token in self.dead}

    def _keep(self) -> None:
        kept = {"messages": [asdict(each) for each in self.messages], "dead": sorted(self.dead)}
        self.file.write_text(json.dumps(kept))


@dataclass(frozen=True)
class FirebaseApi:
    """The calls that the SDK makes."""

    simulator: FirebaseSimulator
    faults: Faults

    def routes(self) -> list[Route]:
        """Return the routes."""
        send = f"{MOUNTED_AT}/v1/projects/{{project}}/messages:send"
        return [
            Route(f"{MOUNTED_AT}/token", lambda _: JSONResponse(TOKEN), methods=["POST"]),
            Route(send, self._send, methods=["POST"]),
        ]

    async def _send(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN['access_token']}":
            return _error(401, "UNAUTHENTICATED", None)
        fault = self.faults.take("firebase", "send")
        if fault not in ACTS:
            return await failing(JSONResponse({}), fault)
        try:
            message = (await request.json())["message"]
            if any(not isinstance(value, str) for value in (message.get("data") or {}).values()):
                return _error(400, "INVALID_ARGUMENT", None)
            sent = self.simulator.send(message)
        except (ValueError, KeyError, TypeError, AttributeError):
            return _error(400, "INVALID_ARGUMENT", None)
        answer = JSONResponse({"name": sent.name}) if sent else _error(404, "NOT_FOUND", "UNREGISTERED")
        return await failing(answer, fault)


def _error(status: int, name: str, code: str | None) -> Response:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": code}] if code else []
    return JSONResponse({"error": {"code": status, "status": name, "message": name, "details": details}}, status)
