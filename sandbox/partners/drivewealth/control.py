"""The control plane's part for the broker: deciding checks, moving money flows, changing accounts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request

from sandbox.bodies import Body, read
from sandbox.partners.drivewealth.lookup import Lookup, Settles
from sandbox.partners.drivewealth.managed.control import ManagedControl
from sandbox.partners.drivewealth.money import wire
from sandbox.partners.drivewealth.people.wire import code_of
from sandbox.partners.drivewealth.simulator import DriveWealthSimulator
from sandbox.queues import BROKER_EVENTS, reached_from

STATUSES = {
    "PENDING": wire.PENDING,
    "APPROVED": wire.APPROVED,
    "SUCCESSFUL": wire.SUCCESSFUL,
    "FAILED": wire.FAILED,
    "RETURNED": wire.RETURNED,
    "RIA_PENDING": wire.RIA_PENDING,
    "RIA_APPROVED": wire.RIA_APPROVED,
    "RIA_REJECTED": wire.RIA_REJECTED,
    "UNKNOWN": wire.UNKNOWN,
}
POSSIBLE: Mapping[int, frozenset[int]] = {
    wire.PENDING: frozenset({wire.APPROVED, wire.SUCCESSFUL, wire.FAILED, wire.RETURNED, wire.UNKNOWN}),
    wire.APPROVED: frozenset({wire.SUCCESSFUL, wire.FAILED, wire.RETURNED, wire.UNKNOWN}),
    wire.RIA_PENDING: frozenset(
        {wire.RIA_APPROVED, wire.RIA_REJECTED, wire.APPROVED, wire.PENDING, wire.FAILED, wire.SUCCESSFUL, wire.RETURNED}
    ),
    wire.RIA_APPROVED: frozenset({wire.PENDING, wire.APPROVED, wire.SUCCESSFUL, wire.FAILED, wire.RETURNED}),
    wire.SUCCESSFUL: frozenset({wire.RETURNED, wire.FAILED}),
    wire.UNKNOWN: frozenset({wire.SUCCESSFUL, wire.FAILED, wire.PENDING, wire.APPROVED}),
}
"""Which moves are possible; any other sends its event, and the broker's own record stays."""

LEAD_TO_BROKER = reached_from({BROKER_EVENTS, "kyc-submissions"})
"""The queues that people's submissions and the broker's events go through."""

CHECKS = ("APPROVED", "DENIED", "MANUAL_REVIEW", "INFO_REQUIRED", "DOC_REQUIRED", "PROCESSING", "NOT_READY", "READY")
ACCOUNTS = ("PENDING", "OPEN", "OPEN_NO_NEW_TRADES", "FROZEN", "CLOSED")
Word = Annotated[str, Field(min_length=1, max_length=50)]


class DecisionRequest(Body):
    """What a check comes to; errors are codes or names."""

    status: Word
    errors: Annotated[list[Word], Field(max_length=20)] = Field(default_factory=list)


class MoveRequest(Body):
    """Where a payment goes; a fee is taken with it."""

    status: Word
    fee_cents: Annotated[int, Field(ge=0, le=10_000)] | None = None


class AccountRequest(Body):
    """An account's new status."""

    status: Word


@dataclass(frozen=True)
class DriveWealthControl:
    """What the sandbox's users may do at the broker; each answers when the queues are quiet again."""

    broker: DriveWealthSimulator
    queues: Settles

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Any]]]:
        """Return the control plane's routes for the broker."""
        return [
            ("POST", "/sandbox/drivewealth/kyc/{uid}", self.decide),
            ("POST", "/sandbox/drivewealth/money-flows/{money_flow_id}", self.move),
            ("POST", "/sandbox/drivewealth/accounts/{uid}", self.set_status),
            *ManagedControl(self._lookup).table(),
        ]

    def decide(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Decide a person's identity check."""
        wanted = read(DecisionRequest, body)
        status = wanted.status.upper().removeprefix("KYC_")
        if status not in CHECKS:
            raise ValueError(f"status: must be one of {', '.join(CHECKS)}")
        with self._lookup.acting(LEAD_TO_BROKER):
            user = self._lookup.user(request.path_params["uid"])
            self.broker.people.decide(user, f"KYC_{status}", [code_of(error) for error in wanted.errors])
        return {"status": user.kyc, "errors": user.kyc_errors}

    def move(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Move a money flow's payment."""
        wanted, note = read(MoveRequest, body), request.path_params["money_flow_id"]
        name = wanted.status.upper()
        if name not in STATUSES:
            raise ValueError(f"status: must be one of {', '.join(STATUSES)}")
        with self._lookup.acting(LEAD_TO_BROKER):
            payments = self.broker.state.payments.values()
            payment = next((payment for payment in payments if payment.note == note), None)
            if payment is None:
                raise LookupError(f"the broker has no payment of {note}")
            if STATUSES[name] in POSSIBLE.get(payment.status, frozenset()):
                payment.fee_cents = payment.fee_cents if wanted.fee_cents is None else wanted.fee_cents
                self.broker.payments.move(payment, STATUSES[name])
            else:
                self.broker.payments.announce(payment, STATUSES[name])
        return {"id": payment.payment_id, "status": wire.NAMES[payment.status]}

    def set_status(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Change the status of a person's account."""
        status = read(AccountRequest, body).status.upper()
        if status not in ACCOUNTS:
            raise ValueError(f"status: must be one of {', '.join(ACCOUNTS)}")
        with self._lookup.acting(LEAD_TO_BROKER):
            account = self._lookup.account(request.path_params["uid"])
            self.broker.accounts.set_status(account, status)
        return {"id": account.account_id, "status": account.status}

    @property
    def _lookup(self) -> Lookup:
        return Lookup(self.broker, self.queues)
