"""The session at DriveWealth: one token, shared by every function, renewed by one of them at a time.

Logging in is rationed, and hundreds of functions may find the token dead in the same second. Who
wants a new one takes a lease on the token's row first; the others wait for a moment and read again.
A lease ends by itself, so that a process that dies holding it stops nobody for long. Since every
write names the version that it follows, a token is replaced only while it is still the dead one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from trading.partners.drivewealth.transport import MIN_SECONDS, NOT_REACHED
from trading.platform.clock import Clock, SystemClock
from trading.platform.deadline import monotonic, pause
from trading.platform.errors import PartnerError, Unavailable

LEASE = timedelta(seconds=20)
"""Longer than any call may take, so that no login outlives its lease."""
MARGIN = timedelta(seconds=60)
WAIT_SECONDS = 0.25


@dataclass(frozen=True)
class Token:
    """What opens the broker's doors, until `expires_at`."""

    text: str = field(repr=False)
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Say whether it lasts long enough to be used."""
        return now + MARGIN < self.expires_at


@dataclass(frozen=True)
class SharedSession:
    """The row that all functions read. `lease_until` is set while somebody logs in."""

    version: int
    token: Token | None = None
    lease_until: datetime | None = None


class SessionStore(Protocol):
    """Where the shared session lies."""

    def load(self) -> SharedSession | None:
        """Return the session, strongly consistent."""
        ...

    def put(self, session: SharedSession) -> bool:
        """Write a session if it follows the one that is there, version by version; say whether it did."""
        ...


@dataclass
class Sessions:
    """Hands out the token: from this process's memory, from the shared row, or from a login."""

    store: SessionStore
    login: Callable[[float], Token]
    clock: Clock = field(default_factory=SystemClock)
    sleep: Callable[[float], None] = pause
    monotonic: Callable[[], float] = monotonic
    _kept: Token | None = field(default=None, init=False, repr=False)

    def current(self, abandoned_at: float) -> Token:
        """Return a token that is good as far as anybody knows.

        Raises:
            Unavailable: if there is none in time.
        """
        if self._kept is None or not self._kept.is_good(self.clock.now()):
            self._kept = self._obtain(None, abandoned_at)
        return self._kept

    def renew(self, dead: Token, abandoned_at: float) -> Token:
        """Return another token than one that the broker does not take any more.

        Raises:
            Unavailable: if there is none in time.
        """
        self._kept = self._obtain(dead, abandoned_at)
        return self._kept

    def _obtain(self, dead: Token | None, abandoned_at: float) -> Token:
        while True:
            seen, now = self.store.load() or SharedSession(version=0), self.clock.now()
            if seen.token is not None and seen.token.is_good(now) and not _same(seen.token, dead):
                return seen.token
            token = self._log_in(seen, now, abandoned_at)
            if token is not None:
                return token
            if self.monotonic() + WAIT_SECONDS + MIN_SECONDS > abandoned_at:
                raise Unavailable(NOT_REACHED)
            self.sleep(WAIT_SECONDS)

    def _log_in(self, seen: SharedSession, now: datetime, abandoned_at: float) -> Token | None:
        """Return a new token, or None where another process is the one to fetch it."""
        if seen.lease_until is not None and now < seen.lease_until:
            return None
        leased = SharedSession(seen.version + 1, seen.token, now + LEASE)
        if not self.store.put(leased):
            return None
        try:
            token = self.login(abandoned_at)
        except PartnerError:
            self.store.put(replace(leased, version=leased.version + 1, lease_until=None))
            raise
        return token if self.store.put(SharedSession(leased.version + 1, token)) else None


def _same(token: Token, other: Token | None) -> bool:
    return other is not None and token.text == other.text
