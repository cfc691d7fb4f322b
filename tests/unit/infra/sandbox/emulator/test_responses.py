"""How the emulator writes its responses."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import h11
import pytest

from infra.sandbox.emulator.responses import send_event

HEAD = h11.Response(status_code=200, headers=[("content-length", "4")])


@dataclass
class Protocol:
    """The server's side of a connection on which one request has come."""

    connection: h11.Connection = field(default_factory=lambda: h11.Connection(h11.SERVER))
    sent: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection.receive_data(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
        assert isinstance(self.connection.next_event(), h11.Request)

    async def send(self, event: Any) -> None:
        self.sent.append(event.data)


def written(*events: h11.Event) -> Sequence[bytes]:
    protocol = Protocol()
    for event in events:
        asyncio.run(send_event(protocol, event))
    return [each for each in protocol.sent if each]


def test_head_and_body_are_written_in_one_piece() -> None:
    (whole,) = written(HEAD, h11.Data(data=b"body"), h11.EndOfMessage())

    assert whole.startswith(b"HTTP/1.1 200")
    assert whole.endswith(b"\r\n\r\nbody")


def test_a_head_without_a_body_is_written_with_its_end() -> None:
    empty = h11.Response(status_code=204, headers=[])

    (whole,) = written(empty, h11.EndOfMessage())

    assert whole.startswith(b"HTTP/1.1 204")


def test_what_must_not_be_sent_is_not() -> None:
    with pytest.raises(h11.LocalProtocolError):
        written(h11.Data(data=b"body"))
