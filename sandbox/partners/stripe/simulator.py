"""The simulated Stripe: one state, one lock, one clock; what its parts do is written down as it happens."""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol

from sandbox.partners.stripe.customers import Customers
from sandbox.partners.stripe.errors import IDEMPOTENCY, StripeError
from sandbox.partners.stripe.journal import Journal
from sandbox.partners.stripe.payments import Payments
from sandbox.partners.stripe.reversals import Reversals
from sandbox.partners.stripe.state import Event, Remembered, State, Waiting

KEYS_KEPT = timedelta(hours=24)
MAX_KEY = 255
KEEP_SHARE = 20
"""How many times as long as writing took nothing is written: a long list must not make every call slow."""


@dataclass(frozen=True)
class Call:
    """A call as it came: what it asks for, and the idempotency key that it carries."""

    request_id: str
    what: str
    key: str | None
    changes: bool = True

    @property
    def digest(self) -> str:
        """Return what distinguishes it from other calls."""
        return hashlib.sha256(self.what.encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """An answer; `is_replayed` if its key had it already."""

    status: int
    body: str
    is_replayed: bool = False


class Sends(Protocol):
    """What brings events to the webhook endpoint."""

    def send(self, event: Event) -> bool:
        """Deliver an event; say whether it was taken."""
        ...


@dataclass
class StripeSimulator:
    """Knows everything that Stripe does."""

    file: Path
    now: Callable[[], datetime]
    sender: Sends | None = None
    state: State = field(default_factory=State)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _delivering: threading.Lock = field(default_factory=threading.Lock)
    _is_kept: bool = True
    _next_keep: float = 0.0

    @classmethod
    def in_folder(
        cls, folder: Path, *, now: Callable[[], datetime], sender: Sends | None = None, afresh: bool = False
    ) -> "StripeSimulator":
        """Return the simulator of a folder, with what was kept there unless `afresh`."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "stripe.json"
        if afresh:
            file.unlink(missing_ok=True)
        return cls(file, now, sender, State.read(file))

    @cached_property
    def journal(self) -> Journal:
        """Return its events."""
        return Journal(self.state, self.now)

    @cached_property
    def customers(self) -> Customers:
        """Return its part for customers and cards."""
        return Customers(self.journal)

    @cached_property
    def payments(self) -> Payments:
        """Return its part for payments."""
        return Payments(self.journal)

    @cached_property
    def reversals(self) -> Reversals:
        """Return its part for refunds and disputes."""
        return Reversals(self.journal)

    def keep(self) -> None:
        """Write down what there is, the more seldom the longer that takes; `flush` catches up."""
        with self.lock:
            self._is_kept, begun = False, time.monotonic()
            if begun >= self._next_keep:
                self.flush()
                self._next_keep = time.monotonic() + KEEP_SHARE * (time.monotonic() - begun)

    def flush(self) -> None:
        """Write down what is not yet."""
        with self.lock:
            if not self._is_kept:
                self.state.keep(self.file)
                self._is_kept = True

    def answer(self, call: Call, act: Callable[[], Answer]) -> Answer:
        """Act on a call, or return what its key got for it within the last day, refusals and failures too.

        Raises:
            StripeError: if the key was used for another call, or the call never began.
        """
        with self.lock:
            known = self._recall(call)
            if known is not None:
                return Answer(known.status, known.body, is_replayed=True)
            with self.journal.request(call.request_id, call.key):
                answer = act()
            if call.key is not None:
                self.state.keys[call.key] = Remembered(call.digest, answer.status, answer.body, self.now())
            if call.changes:
                self.keep()
            return answer

    def _recall(self, call: Call) -> Remembered | None:
        keys, now = self.state.keys, self.now()
        while (oldest := next(iter(keys), None)) is not None and now - keys[oldest].at >= KEYS_KEPT:
            del keys[oldest]
        known = keys.get(call.key) if call.key is not None else None
        if known is not None and known.digest != call.digest:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{call.key}' if you meant to execute a different request."
            )
            raise StripeError(400, IDEMPOTENCY, message)
        return known

    # time

    def next_at(self) -> datetime | None:
        """Return when something happens by itself, deliveries among it."""
        with self.lock:
            coming = [*self.state.due(), self.journal.next_at() if self.sender else None]
            return min(filter(None, coming), default=None)

    def advance(self, moment: datetime) -> None:
        """Let happen what is due by a moment, and deliver what that and the time before led to."""
        state = self.state
        with self.lock:
            for session in [session for session in state.sessions.values() if session.due and session.due <= moment]:
                self.customers.expire_session(session)
            for intent in [intent for intent in state.intents.values() if intent.due and intent.due <= moment]:
                self.payments.settle(intent)
            for charge in [charge for charge in state.charges.values() if charge.due and charge.due <= moment]:
                self.reversals.dispute(charge)
            self.keep()
        self.deliver(moment)

    def again(self, event_id: str, attempts: int) -> None:
        """Deliver an event later once more, of which so many attempts failed."""
        with self.lock:
            self.journal.retry(Waiting(event_id, self.now(), attempts - 1))

    def deliver(self, moment: datetime | None = None) -> int:
        """Deliver what is due; return how many deliveries were made.

        Whoever takes an event may call back, so the lock is not held meanwhile.
        """
        if self.sender is None:
            self.flush()
            return 0
        with self._delivering:
            with self.lock:
                taken = self.journal.take(moment or self.now())
            for waiting, event in taken:
                if not self.sender.send(event):
                    with self.lock:
                        self.journal.retry(waiting)
            self._is_kept = self._is_kept and not taken
            self.flush()
        return len(taken)
