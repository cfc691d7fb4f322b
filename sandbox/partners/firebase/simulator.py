"""The simulated FCM: what was sent to which token, and which tokens are answered otherwise."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.partners.firebase.answers import AccessAnswer, SendAnswer
from trading.platform.clock import rfc3339

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
        notification, aps = (
            message.get("notification") or {},
            ((message.get("apns") or {}).get("payload") or {}).get("aps") or {},
        )
        number = len(self.messages) + 1
        name = f"projects/sandbox/messages/{number}"
        sent = Message(
            name,
            token,
            notification["title"],
            notification["body"],
            message.get("data") or {},
            aps.get("badge"),
            rfc3339(self.now()),
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

    def _keep(self) -> None:
        kept = {"messages": [asdict(message) for message in self.messages], "answers": self.answers}
        self.file.write_text(json.dumps(kept))
