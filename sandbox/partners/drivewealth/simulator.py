"""What the simulated broker does when it is asked, and by itself as time passes."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.partners.drivewealth.accounts.accounts import Accounts
from sandbox.partners.drivewealth.events import EventPublisher
from sandbox.partners.drivewealth.managed.autopilot import Autopilot
from sandbox.partners.drivewealth.managed.corporate_actions import Actions
from sandbox.partners.drivewealth.managed.funds import Managed
from sandbox.partners.drivewealth.managed.holdings import Price, Values
from sandbox.partners.drivewealth.managed.statuses import Statuses
from sandbox.partners.drivewealth.money.outcomes import status_after
from sandbox.partners.drivewealth.money.payments import Payments
from sandbox.partners.drivewealth.people.checks import People
from sandbox.partners.drivewealth.people.outcomes import kyc_outcome
from sandbox.partners.drivewealth.state import Remembered, State, malformed
from sandbox.partners.market_data.simulator import SHIPPED

KEYS_KEPT = timedelta(days=4)


@dataclass
class DriveWealthSimulator:
    """The simulated broker; `emit` puts an event on the queue, `knows_token` judges Plaid's processor tokens.

    `symbols` says which there are, and whether they are active; `price` what one costs now, if anybody knows.

    Whoever calls anything but `next_at` and `advance` holds `lock`, and has the state kept afterwards.
    """

    file: Path
    now: Callable[[], datetime]
    emit: Callable[[str], object]
    knows_token: Callable[[str], bool]
    symbols: Callable[[], Mapping[str, bool]] = lambda: dict.fromkeys(SHIPPED, True)
    price: Price = lambda _: None
    state: State = field(default_factory=State)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def in_folder(cls, folder: Path, *, afresh: bool, **ports: Any) -> "DriveWealthSimulator":  # noqa: ANN401 - the other fields
        """Return the broker of a folder, with what was kept there unless `afresh`."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "drivewealth.json"
        if afresh:
            file.unlink(missing_ok=True)
        return cls(file, state=State.read(file), **ports)

    @property
    def people(self) -> People:
        """Return the people, as of now."""
        return People(self.state, self.now(), self._publisher)

    @property
    def accounts(self) -> Accounts:
        """Return the accounts, as of now."""
        return Accounts(self.state, self.now(), self._publisher, self.knows_token)

    @property
    def payments(self) -> Payments:
        """Return the payments, as of now."""
        return Payments(self.state, self.now(), self._publisher, self.knows_token)

    @property
    def values(self) -> Values:
        """Return what holdings are worth now."""
        return Values(cache(self.price), self.state.prices)

    @property
    def managed(self) -> Managed:
        """Return the funds and portfolios, as of now."""
        return Managed(self.state, self.now(), self.symbols())

    @property
    def statuses(self) -> Statuses:
        """Return the portfolios' statuses, as of now."""
        return Statuses(self.state, self.now(), self.values)

    @property
    def autopilot(self) -> Autopilot:
        """Return the autopilot runs, as of now."""
        return Autopilot(self.state, self.now(), self.values, self.symbols())

    @property
    def actions(self) -> Actions:
        """Return what companies do to their shares, as of now."""
        return Actions(self.state, self._publisher)

    def once(self, operation: str, key: str | None, body: Mapping[str, Any], act: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        """Act once for a key; the same request again gets the same answer, another one under it none."""
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
        known = self.state.keys.get(f"{operation}:{key}") if key else None
        if known is not None and self.now() - known.at < KEYS_KEPT:
            if known.digest != digest:
                raise malformed("Idempotency key was used for another request")
            return known.answer
        answer = act()
        if key:
            self.state.keys[f"{operation}:{key}"] = Remembered(operation, digest, answer, self.now())
        return answer

    def keep(self) -> None:
        """Write down what there is."""
        self.state.keep(self.file)

    def next_at(self) -> datetime | None:
        """Return when something happens by itself."""
        with self.lock:
            return min(self.state.due(), default=None)

    def advance(self, moment: datetime) -> None:
        """Let happen what is due by a moment."""
        state = self.state
        with self.lock:
            for user in [user for user in state.users.values() if user.due and user.due <= moment]:
                self.people.decide(user, *kyc_outcome(user))
            for account in [account for account in state.accounts.values() if account.due and account.due <= moment]:
                self.accounts.set_status(account, "OPEN")
            for payment in [payment for payment in state.payments.values() if payment.due and payment.due <= moment]:
                self.payments.move(payment, status_after(payment))
            for run in [run for run in state.runs.values() if run.due and run.due <= moment]:
                self.autopilot.go_on(run)
            self._publisher.catch_up()
            self.keep()

    @property
    def _publisher(self) -> EventPublisher:
        return EventPublisher(self.state, self.now(), self.emit)
