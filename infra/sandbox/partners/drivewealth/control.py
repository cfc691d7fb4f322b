"""The control plane's part for the broker: deciding checks, moving money flows, changing accounts."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field
from starlette.requests import Request

from infra.sandbox.bodies import Body, read
from infra.sandbox.partners.drivewealth import wire
from infra.sandbox.partners.drivewealth.broker import Broker
from infra.sandbox.partners.drivewealth.state import Account, Payment, User
from trading.platform.clock import rfc3339
from trading.platform.people import PersonRow, partition

STATUSES = {
    "PENDING": wire.PENDING,
    "APPROVED": wire.APPROVED,
    "SUCCESSFUL": wire.SUCCESSFUL,
    "FAILED": wire.FAILED,
    "RETURNED": wire.RETURNED,
    "RIA_PENDING": wire.RIA_PENDING,
    "RIA_APPROVED": wire.RIA_APPROVED,
    "UNKNOWN": wire.UNKNOWN,
}
POSSIBLE: Mapping[int, frozenset[int]] = {
    wire.PENDING: frozenset({wire.APPROVED, wire.SUCCESSFUL, wire.FAILED, wire.RETURNED, wire.UNKNOWN}),
    wire.APPROVED: frozenset({wire.SUCCESSFUL, wire.FAILED, wire.RETURNED, wire.UNKNOWN}),
    wire.RIA_PENDING: frozenset({wire.RIA_APPROVED, wire.APPROVED, wire.PENDING, wire.FAILED, wire.SUCCESSFUL}),
    wire.RIA_APPROVED: frozenset({wire.PENDING, wire.APPROVED, wire.SUCCESSFUL, wire.FAILED, wire.RETURNED}),
    wire.SUCCESSFUL: frozenset({wire.RETURNED}),
    wire.UNKNOWN: frozenset({wire.SUCCESSFUL, wire.FAILED, wire.PENDING, wire.APPROVED}),
}
"""Which moves are possible; any other sends its event, and the broker's own record stays."""

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


class Settles(Protocol):
    """The queues."""

    def settle(self, names: Collection[str]) -> object:
        """Wait until nothing is visible or at work in some queues."""
        ...


@dataclass(frozen=True)
class DriveWealthControl:
    """What the sandbox's users may do at the broker; each answers when the queues are quiet again."""

    broker: Broker
    queues: Settles

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Any]]]:
        """Return the control plane's routes for the broker."""
        return [
            ("POST", "/sandbox/drivewealth/kyc/{uid}", self.decide),
            ("POST", "/sandbox/drivewealth/money-flows/{money_flow_id}", self.move),
            ("POST", "/sandbox/drivewealth/accounts/{uid}", self.set_status),
        ]

    def decide(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Decide a person's identity check."""
        wanted = read(DecisionRequest, body)
        status = wanted.status.upper().removeprefix("KYC_")
        if status not in CHECKS:
            raise ValueError(f"status: must be one of {', '.join(CHECKS)}")
        user = self._user(request.path_params["uid"])
        with self._acting():
            self.broker.decide(user, f"KYC_{status}", [_code(each) for each in wanted.errors])
        return {"status": user.kyc, "errors": user.kyc_errors}

    def move(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Move a money flow's payment."""
        wanted, note = read(MoveRequest, body), request.path_params["money_flow_id"]
        name = wanted.status.upper()
        if name not in STATUSES:
            raise ValueError(f"status: must be one of {', '.join(STATUSES)}")
        payment = next((each for each in self.broker.state.payments.values() if each.note == note), None)
        if payment is None:
            raise LookupError(f"the broker has no payment of {note}")
        status = STATUSES[name]
        with self._acting():
            payment.fee_cents = payment.fee_cents if wanted.fee_cents is None else wanted.fee_cents
            if status in POSSIBLE.get(payment.status, frozenset()):
                self.broker.move(payment, status)
            else:
                self.broker.tell_only(payment, status)
        return {"id": payment.payment_id, "status": wire.NAMES[payment.status]}

    def set_status(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Change the status of a person's account."""
        wanted = read(AccountRequest, body)
        if wanted.status not in ACCOUNTS:
            raise ValueError(f"status: must be one of {', '.join(ACCOUNTS)}")
        user = self._user(request.path_params["uid"])
        account = next((each for each in self.broker.state.accounts.values() if each.user_id == user.user_id), None)
        if account is None:
            raise LookupError("the person has no account")
        with self._acting():
            self.broker.set_status(account, wanted.status)
        return {"id": account.account_id, "status": account.status}

    def effects(self) -> dict[str, list[dict[str, Any]]]:
        """Return what the broker really did, oldest first."""
        state = self.broker.state
        payments = list(state.payments.values())
        return {
            "deposits": [_paid(each) for each in payments if each.is_deposit],
            "redemptions": [_paid(each) for each in payments if not each.is_deposit],
            "bank_accounts": [
                {
                    "id": each.bank_account_id,
                    "refs": _banks(each.bank_account_id),
                    "status": "DELETED" if each.is_deleted else "ACTIVE",
                    "amount_cents": None,
                    "at": rfc3339(each.created),
                }
                for each in state.bank_accounts.values()
            ],
            "accounts": [_opened(each) for each in state.accounts.values()],
        }

    def _user(self, uid: str) -> User:
        self.queues.settle(["kyc-submissions"])
        try:
            row = PersonRow.get(partition(uid), "kyc#record", consistent_read=True)
        except PersonRow.DoesNotExist:
            raise LookupError(f"{uid} never submitted anything") from None
        user = self.broker.state.users.get(str(json.loads(str(row.document)).get("user_id")))
        if user is None:
            raise LookupError(f"the broker does not know {uid}")
        return user

    def _acting(self) -> "Acting":
        return Acting(self.broker, self.queues)


@dataclass(frozen=True)
class Acting:
    """A change at the broker: under its lock, kept, and followed by what its events lead to."""

    broker: Broker
    queues: Settles

    def __enter__(self) -> None:
        """Keep others out."""
        self.broker.lock.acquire()

    def __exit__(self, *_: object) -> None:
        """Keep the change, and wait until Tiller has followed."""
        self.broker.state.keep(self.broker.file)
        self.broker.lock.release()
        self.queues.settle(["broker-events", "account-events", "money-flow-events"])


def _code(word: str) -> str:
    names = {name: code for code, (name, _) in wire.KYC_CODES.items()}
    return names.get(word, word)


def _paid(each: Payment) -> dict[str, Any]:
    refs = [each.note] if each.note else []
    told = {"status": wire.NAMES[each.status], "amount_cents": each.cents, "at": rfc3339(each.created)}
    return {"id": each.payment_id, "refs": refs, **told}


def _opened(each: Account) -> dict[str, Any]:
    told = {"status": each.status, "amount_cents": None, "at": rfc3339(each.created)}
    return {"id": each.account_id, "refs": list(_owners(each)), **told}


def _owners(each: Account) -> Iterator[str]:
    for row in PersonRow.scan(PersonRow.pk == f"broker-account#{each.account_id}", consistent_read=True):
        yield str(row.status)


def _banks(bank_account_id: str) -> list[str]:
    rows = PersonRow.scan(PersonRow.sk.startswith("bank-account#"), consistent_read=True)
    documents = (json.loads(str(row.document)) for row in rows)
    return [str(each["funding_account_id"]) for each in documents if each["broker_bank_account_id"] == bank_account_id]
