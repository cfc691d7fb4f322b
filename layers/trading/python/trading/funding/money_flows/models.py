"""Deposits and withdrawals: their statuses, moves, and where their money is.

    pending ──> approved ──> success ──> returned
       └──────────┴──> failed

A status moves only along `MOVES`; whatever comes late or twice changes nothing. The broker may call
a payment failed and find later that it went through, so `failed` is left again if the payment is
known at the broker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from trading.brokerage.models import BrokerPayment, Direction, PaymentOrder, PaymentStatus
from trading.brokerage.schedule import IDEMPOTENCY_WINDOW
from trading.funding.accounts.models import NOTHING, Position
from trading.ledger.models import LedgerAccount
from trading.platform.ids import derived_id

MIN_CENTS = 100
ANSWERED_WITHIN = timedelta(seconds=30)
"""How long a replay takes an attempt without outcome for one that is still running."""


class FlowStatus(StrEnum):
    """The state of a money flow."""

    PENDING = "pending"
    APPROVED = "approved"
    SUCCESS = "success"
    FAILED = "failed"
    RETURNED = "returned"


MOVES: Mapping[FlowStatus, frozenset[FlowStatus]] = {
    FlowStatus.PENDING: frozenset({FlowStatus.APPROVED, FlowStatus.SUCCESS, FlowStatus.FAILED, FlowStatus.RETURNED}),
    FlowStatus.APPROVED: frozenset({FlowStatus.SUCCESS, FlowStatus.FAILED, FlowStatus.RETURNED}),
    FlowStatus.SUCCESS: frozenset({FlowStatus.RETURNED}),
    FlowStatus.FAILED: frozenset({FlowStatus.SUCCESS, FlowStatus.RETURNED}),
    FlowStatus.RETURNED: frozenset(),
}
"""Which status may follow which."""

SETTLED = frozenset({FlowStatus.SUCCESS, FlowStatus.FAILED, FlowStatus.RETURNED})

_MEANS: Mapping[PaymentStatus, FlowStatus] = {
    PaymentStatus.PENDING: FlowStatus.PENDING,
    PaymentStatus.AWAITING_ADVISOR: FlowStatus.PENDING,
    PaymentStatus.APPROVED: FlowStatus.APPROVED,
    PaymentStatus.SUCCESSFUL: FlowStatus.SUCCESS,
    PaymentStatus.FAILED: FlowStatus.FAILED,
    PaymentStatus.RETURNED: FlowStatus.RETURNED,
}


class AttemptState(StrEnum):
    """What is known of the request to the broker.

    SENDING: it may be out, and nobody has heard. UNSENT: certainly nothing happened. UNKNOWN: the
    answer was lost. ANSWERED: the broker has the payment, or refused it.
    """

    SENDING = "sending"
    UNSENT = "unsent"
    UNKNOWN = "unknown"
    ANSWERED = "answered"


@dataclass(frozen=True)
class FlowError:
    """Why a money flow came to nothing: a stable code and a sentence for the person."""

    code: str
    message: str


@dataclass(frozen=True)
class Step:
    """One status of the timeline."""

    status: FlowStatus
    at: datetime


@dataclass(frozen=True)
class MoneyFlow:
    """A deposit or withdrawal. `cents` and `fee_cents` are absolute; `fee_cents` is what the broker took.

    `is_strange` says that the broker's last word was unknown to us, `disagrees_in` in which field its
    payment is another than was asked for: nothing moves then. `rejection` says why we reject, or have
    rejected, a withdrawal that waits for its advisor. `order` is what the broker is asked for, kept
    whole so that a resent request is the same request. `first_sent_at` and `asked_at` differ in their
    clock: business time says how long the broker remembers the key, wall time how long a replay waits.
    """

    flow_id: str
    owner: str
    account_id: str
    funding_account_id: str
    direction: Direction
    cents: int
    order: PaymentOrder
    attempt_id: str
    digest: str
    created_at: datetime
    updated_at: datetime
    asked_at: datetime
    first_sent_at: datetime
    status: FlowStatus = FlowStatus.PENDING
    attempt: AttemptState = AttemptState.SENDING
    timeline: tuple[Step, ...] = ()
    fee_cents: int = 0
    payment_id: str | None = None
    raw_status: str = ""
    is_strange: bool = False
    disagrees_in: str = ""
    rejection: FlowError | None = None
    awaits_approval: bool = False
    error: FlowError | None = None
    lookups: int = 0
    due_at: datetime | None = None
    needs_person: bool = False
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Say whether the broker may still move it."""
        return self.status not in SETTLED

    @property
    def is_answered(self) -> bool:
        """Say whether it is known what became of the request."""
        return self.attempt is AttemptState.ANSWERED

    def is_running(self, wall: datetime) -> bool:
        """Say whether the first request is probably still being answered."""
        return self.attempt is AttemptState.SENDING and wall - self.asked_at < ANSWERED_WITHIN

    def may_resend(self, now: datetime) -> bool:
        """Say whether the attempt's key certainly works only once: it never left, or the broker still knows it."""
        return self.attempt is AttemptState.UNSENT or now - self.first_sent_at < IDEMPOTENCY_WINDOW

    def resent(self, now: datetime) -> "MoneyFlow":
        """Return the flow as it is sent again; whether an earlier try got through stays unknown."""
        if self.attempt is AttemptState.UNSENT:
            return replace(self, attempt=AttemptState.SENDING, first_sent_at=now)
        return replace(self, attempt=AttemptState.UNKNOWN)

    @property
    def position(self) -> Position:
        """Return where the flow's money lies in the ledger."""
        return position_of(self.direction, self.status, self.cents, self.fee_cents)

    def moved(self, status: FlowStatus, at: datetime) -> "MoneyFlow":
        """Return the flow in another status, or as it is where the table has no such move."""
        if status not in MOVES[self.status] or (self.status is FlowStatus.FAILED and self.payment_id is None):
            return self
        return replace(self, status=status, timeline=(*self.timeline, Step(status, at)), updated_at=at)

    def refused(self, error: FlowError, at: datetime) -> "MoneyFlow":
        """Return the flow after the broker, or we, said no."""
        failed = self.moved(FlowStatus.FAILED, at)
        return replace(failed, attempt=AttemptState.ANSWERED, error=error, due_at=None, needs_person=False)

    def with_payment(self, payment: BrokerPayment, at: datetime) -> "MoneyFlow":
        """Return the flow after the broker reported its payment: its id, its status, its fee.

        A status that is unknown to us moves nothing. A success that fails later is a return.
        """
        known = replace(
            self,
            payment_id=payment.payment_id,
            attempt=AttemptState.ANSWERED,
            raw_status=payment.raw_status or self.raw_status,
            needs_person=False,
            disagrees_in="",
        )
        if payment.status is None:
            return replace(known, is_strange=True)
        wanted = _MEANS[payment.status]
        if wanted is FlowStatus.FAILED and self.status is FlowStatus.SUCCESS:
            wanted = FlowStatus.RETURNED
        after = known.moved(wanted, at)
        awaits = payment.status is PaymentStatus.AWAITING_ADVISOR
        fee = self.fee_cents if payment.fee_cents is None else payment.fee_cents
        error = after._error_of(after.status) if after.status is wanted else after.error
        return replace(after, is_strange=False, awaits_approval=awaits, fee_cents=fee, error=error)

    def disputed(self, payment: BrokerPayment, field: str) -> "MoneyFlow":
        """Return the flow after its payment turned out to be another than was asked for: a person must decide."""
        return replace(
            self,
            payment_id=self.payment_id or payment.payment_id,
            attempt=AttemptState.ANSWERED,
            disagrees_in=field,
            needs_person=self.is_open,
            due_at=None,
        )

    def _error_of(self, status: FlowStatus) -> FlowError | None:
        if status is FlowStatus.FAILED and self.rejection is not None:
            return self.rejection
        return _BROKERS_ERRORS.get(status)


_BROKERS_ERRORS: Mapping[FlowStatus, FlowError] = {
    FlowStatus.FAILED: FlowError("failed_at_bank", "The transfer did not go through."),
    FlowStatus.RETURNED: FlowError("returned_by_bank", "The bank took the transfer back."),
}


def flow_id_of(owner: str, direction: Direction, key: str) -> str:
    """Return the id that a request's idempotency key leads to: the record itself guards the key."""
    return derived_id("money-flow", owner, direction.value, key)


def position_of(direction: Direction, status: FlowStatus, cents: int, fee_cents: int) -> Position:
    """Return where the money of a flow lies in a status; see `trading.ledger.models`."""
    where = _DEPOSITS if direction is Direction.DEPOSIT else _WITHDRAWALS
    accounts = where.get(status)
    if accounts is None:
        return NOTHING
    debit, credit = accounts
    position = {debit: cents, credit: -cents}
    if fee_cents and status is FlowStatus.SUCCESS:
        position[LedgerAccount.FEES] = fee_cents
        position[LedgerAccount.CASH] = position.get(LedgerAccount.CASH, 0) - fee_cents
    return position


_DEPOSITS: Mapping[FlowStatus, tuple[LedgerAccount, LedgerAccount]] = {
    FlowStatus.PENDING: (LedgerAccount.BANK_IN_TRANSIT, LedgerAccount.BANK),
    FlowStatus.APPROVED: (LedgerAccount.CASH_HELD, LedgerAccount.BANK),
    FlowStatus.SUCCESS: (LedgerAccount.CASH, LedgerAccount.BANK),
}
_WITHDRAWALS: Mapping[FlowStatus, tuple[LedgerAccount, LedgerAccount]] = {
    FlowStatus.PENDING: (LedgerAccount.WITHDRAWALS_RESERVED, LedgerAccount.CASH),
    FlowStatus.APPROVED: (LedgerAccount.WITHDRAWALS_RESERVED, LedgerAccount.CASH),
    FlowStatus.SUCCESS: (LedgerAccount.BANK, LedgerAccount.CASH),
}
