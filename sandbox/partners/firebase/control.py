"""The control plane's part for FCM: what was sent, and which tokens are answered otherwise."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request

from sandbox.bodies import Body, read
from sandbox.partners.firebase.answers import AccessAnswer, SendAnswer
from sandbox.partners.firebase.simulator import FirebaseSimulator


class TokenRequest(Body):
    """What becomes of a token: dead, or answered in another way."""

    unregistered: bool = True
    answer: SendAnswer | None = None


class AccessRequest(Body):
    """How the next ones are answered who ask for an access token; those that are out are worth nothing."""

    answer: AccessAnswer
    times: Annotated[int, Field(ge=0, le=1000)] = 1


@dataclass(frozen=True)
class FirebaseControl:
    """What the sandbox's users may do at FCM."""

    simulator: FirebaseSimulator

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Any]]]:
        """Return the control plane's routes for FCM."""
        return [
            ("GET", "/sandbox/firebase/messages", self.messages),
            ("POST", "/sandbox/firebase/tokens/{token}", self.change),
            ("POST", "/sandbox/firebase/access", self.deny),
        ]

    def messages(self, _: Request, __: bytes) -> Mapping[str, Any]:
        """Return every message that was sent."""
        return {"items": [asdict(message) for message in self.simulator.messages]}

    def change(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Change how a token is answered."""
        wanted, token = read(TokenRequest, body or b"{}"), request.path_params["token"]
        self.simulator.answer(token, wanted.answer or (SendAnswer.UNREGISTERED if wanted.unregistered else None))
        answer = self.simulator.answers.get(token)
        return {"token": token, "unregistered": answer is SendAnswer.UNREGISTERED, "answer": answer}

    def deny(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Deny the next access tokens."""
        wanted = read(AccessRequest, body)
        self.simulator.deny_access(wanted.answer, wanted.times)
        return {"waiting": list(self.simulator.access_answers)}
