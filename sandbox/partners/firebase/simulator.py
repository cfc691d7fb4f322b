"""The simulated FCM: what was sent to which token, and which tokens are answered otherwise."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import Body, read
from sandbox.faults import Fault, Faults
from sandbox.partners.failing import failing
from sandbox.partners.firebase.answers import ACCESSES, SENDS, AccessAnswer, SendAnswer, error
from trading.platform.clock import rfc3339

MOUNTED_AT = "/sandbox/partners/firebase"
ACTS = frozenset({None, Fault.DROP_AFTER, Fault.SLOW, Fault.MALFORMED})
"""The faults under which a push is sent all the same."""

HANG_SECONDS = 60
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
    """What becomes of a token: dead, or answered in another way."""

    unregistered: bool = True
    answer: SendAnswer | None = None


class AccessRequest(Body):
    """How the next ones are answered who ask for an access token; those that are out are worth nothing."""

    answer: AccessAnswer
    times: Annotated[int, Field(ge=0, le=1000)] = 1


@dataclass
class FirebaseSimulator:
    """Keeps messages in a folder, oldest first."""

    file: Path
    now: Callable[[], datetime]
    messages: list[Message] = field(default_factory=list)
    answers: dict[str, SendAnswer] = field(default_factory=dict)
    access_answers: list[AccessAnswer] = field(default_factory=list)
    generation: int = 0

    @classmethod
    def in_folder(cls, folder: Path, *, now: Callable[[], datetime], afresh: bool = False) -> "FirebaseSimulator":
        """Return the simulator of a folder, with what was kept there unless `afresh`."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "firebase.json"
        if afresh or not file.exists():
            return cls(file, now)
        kept = json.loads(file.read_text())
        messages = [Message(**message) for message in kept["messages"]]
        return cls(file, now, messages, {token: SendAnswer(answer) for token, answer in kept["answers"].items()})

    @property
    def access_token(self) -> str:
        """Return the access token that is good."""
        return f"{TOKEN['access_token']}-{self.generation}"

    def send(self, message: Mapping[str, Any]) -> Message:
        """Take a message."""
        token = str(message["token"])
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
        self.answer(token, SendAnswer.UNREGISTERED if dead else None)

    def answer(self, token: str, answer: SendAnswer | None) -> None:
        """Have whoever sends to a token answered so, or served again."""
        self.answers.pop(token, None)
        if answer is not None:
            self.answers[token] = answer
        self._keep()

    def deny_access(self, answer: AccessAnswer, times: int = 1) -> None:
        """Have the next ones answered so who ask for an access token; everybody has to ask for a new one."""
        self.access_answers += [answer] * times
        self.generation += 1

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Any]]]:
        """Return the control plane's routes for FCM."""
        return [
            ("GET", "/sandbox/firebase/messages", lambda *_: {"items": [asdict(message) for message in self.messages]}),
            ("POST", "/sandbox/firebase/tokens/{token}", self._change),
            ("POST", "/sandbox/firebase/access", self._deny),
        ]

    def _change(self, request: Request, body: bytes) -> Mapping[str, Any]:
        wanted, token = read(TokenRequest, body or b"{}"), request.path_params["token"]
        self.answer(token, wanted.answer or (SendAnswer.UNREGISTERED if wanted.unregistered else None))
        answer = self.answers.get(token)
        return {"token": token, "unregistered": answer is SendAnswer.UNREGISTERED, "answer": answer}

    def _deny(self, _: Request, body: bytes) -> Mapping[str, Any]:
        wanted = read(AccessRequest, body)
        self.deny_access(wanted.answer, wanted.times)
        return {"waiting": list(self.access_answers)}

    def _keep(self) -> None:
        kept = {"messages": [asdict(message) for message in self.messages], "answers": self.answers}
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
            Route(f"{MOUNTED_AT}/token", self._access, methods=["POST"]),
            Route(send, self._send, methods=["POST"]),
        ]

    async def _access(self, _: Request) -> Response:
        fault = self.faults.take("firebase", "token")
        if fault is None and self.simulator.access_answers:
            return ACCESSES[self.simulator.access_answers.pop(0)]()
        return await failing(JSONResponse({**TOKEN, "access_token": self.simulator.access_token}), fault)

    async def _send(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.simulator.access_token}":
            return error(401, "UNAUTHENTICATED")
        fault = self.faults.take("firebase", "send")
        if fault not in ACTS:
            return await failing(JSONResponse({}), fault)
        return await failing(await self._answer(request), fault)

    async def _answer(self, request: Request) -> Response:
        try:
            message = (await request.json())["message"]
            if any(not isinstance(value, str) for value in (message.get("data") or {}).values()):
                return SENDS[SendAnswer.INVALID_PAYLOAD]()
            answer = self.simulator.answers.get(str(message["token"]))
            if answer is SendAnswer.HANG:
                await asyncio.sleep(HANG_SECONDS)
            if answer is not None and answer in SENDS:
                return SENDS[answer]()
            return JSONResponse({"name": self.simulator.send(message).name})
        except (ValueError, KeyError, TypeError, AttributeError):
            return SENDS[SendAnswer.INVALID_PAYLOAD]()
