"""FCM's API over HTTP, with its faults: what the SDK asks for."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Fault, Faults
from sandbox.partners.failing import failing
from sandbox.partners.firebase.answers import ACCESSES, SENDS, SendAnswer, error
from sandbox.partners.firebase.simulator import TOKEN, FirebaseSimulator

MOUNTED_AT = "/sandbox/partners/firebase"
ACTS = frozenset({None, Fault.DROP_AFTER, Fault.SLOW, Fault.MALFORMED})
"""The faults under which a push is sent all the same."""

HANG_SECONDS = 60


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
