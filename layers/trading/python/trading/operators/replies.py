"""What the operators' routes answer."""

from datetime import datetime

from trading.billing.disputes.models import Dispute, DisputeNote, DisputeState
from trading.billing.invoices.models import invoice_id_of, payment_id_of
from trading.billing.payouts.models import CreditPayout
from trading.brokerage.halts import HaltScope, HaltStrength, TradingHalt
from trading.brokerage.models import Direction
from trading.funding.accounts.models import Pause, TradingAccount
from trading.funding.reconciliation.models import Discrepancy, DiscrepancyStatus
from trading.platform.fields import Moment, Reply
from trading.platform.unknowns import Decision, Unknown, UnknownKind


class CreditReply(Reply):
    """What was credited."""

    invoice_id: str
    amount_cents: int


class TradingHaltReply(Reply):
    """What is halted for everybody (`scope` is null if nothing is), and who changed it last.

    `strength` says how much of trading is halted: null if it is not.
    """

    stopped: bool
    scope: HaltScope | None
    strength: HaltStrength | None
    reason: str
    changed_by: str
    changed_at: Moment | None

    @classmethod
    def of(cls, halt: TradingHalt) -> "TradingHaltReply":
        """Return a halt as answers show it."""
        return cls(
            stopped=halt.scope is not None,
            scope=halt.scope,
            strength=halt.trading_strength,
            reason=halt.reason,
            changed_by=halt.changed_by,
            changed_at=halt.changed_at,
        )


class PausesReply(Reply):
    """What pauses a person. `strength` is that of an operator's pause; one of automation alone pauses nothing else."""

    profile_id: str
    trading_paused: bool
    pauses: list[Pause]
    strength: HaltStrength | None

    @classmethod
    def of(cls, account: TradingAccount) -> "PausesReply":
        """Return what pauses the person of an account."""
        return cls(
            profile_id=account.owner,
            trading_paused=bool(account.pauses),
            pauses=sorted(account.pauses),
            strength=account.halt.strength if account.halt else None,
        )


class DiscrepancyReply(Reply):
    """A difference between the broker's cash and our ledger."""

    discrepancy_id: str
    profile_id: str
    trading_account_id: str
    ours_cents: int
    brokers_cents: int
    difference_cents: int
    status: DiscrepancyStatus
    found_at: Moment
    seen_at: Moment
    resolved_at: Moment | None
    resolved_by: str | None
    reason: str | None

    @classmethod
    def of(cls, found: Discrepancy) -> "DiscrepancyReply":
        """Return a discrepancy as answers show it."""
        return cls(
            discrepancy_id=found.discrepancy_id,
            profile_id=found.owner,
            trading_account_id=found.account_id,
            ours_cents=found.ours_cents,
            brokers_cents=found.brokers_cents,
            difference_cents=found.difference_cents,
            status=found.status,
            found_at=found.found_at,
            seen_at=found.seen_at,
            resolved_at=found.resolved_at,
            resolved_by=found.resolved_by,
            reason=found.reason,
        )


class UnknownReply(Reply):
    """An outcome that only a person can find out: of what, since when, and what is known of it.

    `money_flow_id`, `direction` and `amount_cents` are those of a money flow, null of other kinds.
    """

    unknown_id: str
    kind: UnknownKind
    profile_id: str
    record_id: str
    status: str
    asked_at: Moment
    age_seconds: int
    money_flow_id: str | None
    direction: Direction | None
    amount_cents: int | None
    known: dict[str, str | int | None]

    @classmethod
    def of(cls, unknown_id: str, unknown: Unknown, now: datetime) -> "UnknownReply":
        """Return an unknown outcome as answers show it."""
        known, is_flow = dict(unknown.known), unknown.kind is UnknownKind.MONEY_FLOW
        direction, amount = known.get("direction"), known.get("amount_cents")
        return cls(
            unknown_id=unknown_id,
            kind=unknown.kind,
            profile_id=unknown.owner,
            record_id=unknown.record_id,
            status=unknown.status,
            asked_at=unknown.asked_at,
            age_seconds=max(0, int((now - unknown.asked_at).total_seconds())),
            money_flow_id=unknown.record_id if is_flow else None,
            direction=Direction(direction) if isinstance(direction, str) else None,
            amount_cents=amount if isinstance(amount, int) else None,
            known=known,
        )


class ResolvedReply(Reply):
    """What became of an unknown outcome: the decision, and the record's status by now."""

    unknown_id: str
    kind: UnknownKind
    profile_id: str
    record_id: str
    money_flow_id: str | None
    decision: Decision
    status: str

    @classmethod
    def of(cls, unknown_id: str, unknown: Unknown, decision: Decision, status: str) -> "ResolvedReply":
        """Return what was decided as answers show it."""
        return cls(
            unknown_id=unknown_id,
            kind=unknown.kind,
            profile_id=unknown.owner,
            record_id=unknown.record_id,
            money_flow_id=unknown.record_id if unknown.kind is UnknownKind.MONEY_FLOW else None,
            decision=decision,
            status=status,
        )


class NoteReply(Reply):
    """What an operator noted."""

    at: Moment
    by: str
    note: str

    @classmethod
    def of(cls, note: DisputeNote) -> "NoteReply":
        """Return a note as answers show it."""
        return cls(at=note.at, by=note.actor, note=note.text)


class DisputeReply(Reply):
    """A payment that a bank contests or asks about. `withdrawn_cents` is what the bank has of it at present."""

    dispute_id: str
    profile_id: str
    invoice_id: str
    payment_id: str
    amount_cents: int
    withdrawn_cents: int
    state: DisputeState
    reason: str
    evidence_due_at: Moment | None
    opened_at: Moment
    updated_at: Moment
    closed_at: Moment | None
    notes: list[NoteReply]

    @classmethod
    def of(cls, dispute: Dispute) -> "DisputeReply":
        """Return a dispute as answers show it."""
        invoice_id = invoice_id_of(dispute.owner, dispute.period)
        return cls(
            dispute_id=dispute.dispute_id,
            profile_id=dispute.owner,
            invoice_id=invoice_id,
            payment_id=payment_id_of(invoice_id, dispute.number),
            amount_cents=dispute.cents,
            withdrawn_cents=dispute.moved_cents,
            state=dispute.state,
            reason=dispute.reason,
            evidence_due_at=dispute.evidence_due_at,
            opened_at=dispute.opened_at,
            updated_at=dispute.updated_at,
            closed_at=dispute.closed_at,
            notes=[NoteReply.of(note) for note in dispute.notes],
        )


class PayoutReply(Reply):
    """A credit on a closed account. `owed_cents` is what its person owed us when it was listed."""

    payout_id: str
    profile_id: str
    amount_cents: int
    owed_cents: int
    created_at: Moment
    paid_at: Moment | None
    paid_by: str | None
    reason: str | None

    @classmethod
    def of(cls, payout: CreditPayout) -> "PayoutReply":
        """Return a payout as answers show it."""
        return cls(
            payout_id=payout.payout_id,
            profile_id=payout.owner,
            amount_cents=payout.cents,
            owed_cents=payout.owed_cents,
            created_at=payout.created_at,
            paid_at=payout.paid_at,
            paid_by=payout.paid_by,
            reason=payout.reason,
        )


class PayoutList(Reply):
    """A page of payouts."""

    items: list[PayoutReply]
    next_cursor: str | None


class DiscrepancyList(Reply):
    """A page of discrepancies."""

    items: list[DiscrepancyReply]
    next_cursor: str | None


class DisputeList(Reply):
    """A page of disputes."""

    items: list[DisputeReply]
    next_cursor: str | None


class UnknownList(Reply):
    """A page of unknown outcomes."""

    items: list[UnknownReply]
    next_cursor: str | None
