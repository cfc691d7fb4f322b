"""Requests of HTTP/1.1 as the emulator's server reads them: heads, and bodies that come in chunks."""

from dataclasses import dataclass

VERSION = b"HTTP/1.1"

Headers = list[tuple[bytes, bytes]]


class MalformedError(ValueError):
    """Raised when what came is no request."""


@dataclass(frozen=True)
class Head:
    """A request's first line and headers, whose names are in lower case."""

    method: str
    target: bytes
    headers: Headers
    version: bytes = VERSION

    def value(self, name: bytes) -> bytes:
        """Return the last value of a header, in lower case; nothing if there is none."""
        return next((value.lower() for key, value in reversed(self.headers) if key == name), b"")

    @property
    def is_kept_alive(self) -> bool:
        """Say whether the connection serves further requests."""
        return self.version == VERSION and self.value(b"connection") != b"close"

    @property
    def is_chunked(self) -> bool:
        """Say whether the body comes in chunks."""
        return self.value(b"transfer-encoding") == b"chunked"

    @property
    def length(self) -> int:
        """Return the body's length.

        Raises:
            MalformedError: if it is no number.
        """
        text = self.value(b"content-length") or b"0"
        if not text.isdigit():
            raise MalformedError("content-length")
        return int(text)


def read_head(text: bytes) -> Head:
    """Read a head, without the empty line at its end.

    Raises:
        MalformedError: if it is none.
    """
    first, *lines = text.split(b"\r\n")
    try:
        method, target, version = first.split(b" ")
        pairs = [line.split(b":", 1) for line in lines]
        headers = [(name.lower(), value.strip(b" \t")) for name, value in pairs]
        named = Head(method.decode("ascii"), target, headers, version)
        target.decode("ascii")
    except ValueError as error:
        raise MalformedError(first[:80]) from error
    if not target.startswith(b"/") or not version.startswith(b"HTTP/1."):
        raise MalformedError(first[:80])
    return named


def take_chunks(buffer: bytearray, start: int) -> tuple[bytes, int] | None:
    """Return a body sent in chunks and where it ends, or None while there is more to come.

    Raises:
        MalformedError: if a chunk has no size.
    """
    parts: list[bytes] = []
    while (end := buffer.find(b"\r\n", start)) >= 0:
        try:
            size = int(bytes(buffer[start:end]).partition(b";")[0], 16)
        except ValueError as error:
            raise MalformedError("size of a chunk") from error
        if size == 0:
            trailer = buffer.find(b"\r\n", end + 2)
            return (b"".join(parts), trailer + 2) if trailer == end + 2 else None
        parts.append(bytes(buffer[end + 2 : end + 2 + size]))
        start = end + 2 + size + 2
    return None
