"""The emulator's responses: head and body in one piece.

Written one after the other they are two system calls and wake the client twice, for each of the thousands
of requests that a day of trading takes.
"""

from typing import Any


def write_at_once() -> None:
    """Have the head of a response wait for what follows it; something always does, if only its end."""
    from hypercorn.protocol.h11 import H11Protocol  # noqa: PLC0415 - in the emulator alone

    H11Protocol._send_h11_event = send_event  # type: ignore[method-assign, assignment]


async def send_event(protocol: Any, event: Any) -> None:  # noqa: ANN401 - the server's own
    """Send an event of HTTP/1.1 as the server does, but for the head."""
    import h11  # noqa: PLC0415 - in the emulator alone
    from hypercorn.events import RawData  # noqa: PLC0415

    try:
        data = getattr(protocol, "head", b"") + protocol.connection.send(event)
    except h11.LocalProtocolError:
        if protocol.connection.their_state != h11.ERROR:
            raise
        return
    protocol.head = data if isinstance(event, h11.Response) else b""
    if not protocol.head:
        await protocol.send(RawData(data=data))
