"""What the operators' routes take and answer."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from trading.brokerage.halts import HaltScope, TradingHalt
from trading.brokerage.models import Direction
from trading.funding.accounts.models import Pause, TradingAccount
from trading.funding.reconciliation.models import Discrepancy, DiscrepancyStatus
from trading.managed.replies import COLLECTION_ID
from trading.platform.audit import Audit
from trading.platform.errors import FieldProblem, InvalidRequest, NotFound
from trading.platform.fields import Changes, Moment, Reply, Request
from trading.platform.unknowns import Decision, Finding, Unknown, UnknownKind

_MAX_SUBJECT = 128

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]


class ReasonBody(Request):
    """Why an operator does something."""

    reason: Reason


class CreditBody(Request):
    """How much is taken off the next invoice, and why."""

    amount_cents: Annotated[int, Field(ge=1, le=100_000_000)]
    reason: Reason


class CreditReply(Reply):
    """What was credited."""

    invoice_id: str
    amount_cents: int


class TradingStopBody(Changes):
    """Whether trading, money or both are stopped for everybody, and why. `money` holds what was not sent yet."""

    stopped: bool
    reason: Reason
    scope: HaltScope = Field(default=HaltScope.TRADING, strict=False)


class TradingStopReply(Reply):
    """What is stopped for everybody (`scope` is null if nothing is), and who changed it last."""

    stopped: bool
    scope: HaltScope | None
    reason: str
    changed_by: str
    changed_at: Moment | None

    @classmethod
    def of(cls, stop: TradingHalt) -> "TradingStopReply":
        """Return a stop as answers show it."""
        return cls(
            stopped=stop.scope is not None,
            scope=stop.scope,
            reason=stop.reason,
            changed_by=stop.changed_by,
            changed_at=stop.changed_at,
        )


class DecisionBody(Request):
    """What an operator found out, how, and, of what did arrive, the partner's id."""

    decision: Literal["look_again", "never_arrived", "arrived"]
    reason: Reason
    partner_reference: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")] | None = None

    def finding(self, operator: str) -> Finding:
        """Return what is to be done."""
        return Finding(Decision(self.decision), Audit(operator, self.reason), self.partner_reference)


class PausesReply(Reply):
    """What pauses a person."""

    profile_id: str
    trading_paused: bool
    pauses: list[Pause]

    @classmethod
    def of(cls, account: TradingAccount) -> "PausesReply":
        """Return what pauses the person of an account."""
        return cls(profile_id=account.owner, trading_paused=bool(account.pauses), pauses=sorted(account.pauses))


class DiscrepancyReply(Reply):
    """A difference between the broker's cash and our books."""

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


def person(profile_id: str) -> str:
    """Return a path's profile id. Raises NotFound if nobody can have it."""
    if not profile_id.isprintable() or len(profile_id) > _MAX_SUBJECT:
        raise NotFound("There is no such person.")
    return profile_id


def collection_id_in(text: str) -> str:
    """Return a path's collection id. Raises InvalidRequest if no collection may have it."""
    if not re.fullmatch(COLLECTION_ID, text):
        raise InvalidRequest(problems=(FieldProblem("collection_id", "must be letters, digits, - and _, at most 64"),))
    return text


def record_id(text: str) -> str:
    """Return a path's record id. Raises NotFound if no record can have it."""
    if not text.isascii() or not text.isprintable() or len(text) > _MAX_SUBJECT:
        raise NotFound("There is no such record.")
    return text
