"""The gate in front of the sandbox: the control plane is this machine's alone, and a dead emulator is reported at once.

Any web page can have a browser send requests to this port, by its own name or by one that it has
pointed here. So whatever lies under `/sandbox`, partners included, answers only where the request
names this machine, and only to no page or its own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.control import problem

CONTROL_PLANE = "/sandbox"
SERVER_ERROR = 500
OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?")
FOREIGN = "the control plane answers to this machine alone, and to no page but its own"
GONE = "the emulator died, and nothing can be done; stop the sandbox with Ctrl-C and start it again, from the beginning"


@dataclass(frozen=True)
class Gate:
    """An application with the gate in front of it; `emulator_lives` is asked before each request."""

    app: ASGIApp
    emulator_lives: Callable[[], bool]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif is_control(scope["path"]) and not is_own(Headers(scope=scope)):
            await problem(403, "forbidden", FOREIGN)(scope, receive, send)
        elif not self.emulator_lives():
            await problem(503, "emulator_gone", GONE)(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a failure that the emulator's end brought is answered so."""
        gone = False

        async def sending(message: Message) -> None:
            nonlocal gone
            if message["type"] == "http.response.start" and message["status"] >= SERVER_ERROR:
                gone = not self.emulator_lives()
                if gone:
                    await problem(503, "emulator_gone", GONE)(scope, receive, send)
            if not gone:
                await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception:
            if not gone:
                raise


def is_control(path: str) -> bool:
    """Say whether a path belongs to the control plane."""
    return path == CONTROL_PLANE or path.startswith(f"{CONTROL_PLANE}/")


def is_own(headers: Headers) -> bool:
    """Say whether a request names this machine, and was sent by no page or by one of the same host and port."""
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or not OWN_HOST.fullmatch(hosts[0].lower()):
        return False
    return all(_address(origin) == _address(f"http://{hosts[0]}") for origin in origins)


def _address(origin: str) -> str:
    return origin.lower().removesuffix(":80") if origin.lower().startswith("http://") else "foreign"
