"""Outcomes that only a person can find out, over all areas: listed, and settled by an operator's decision."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from trading.banking.unknowns import describe_bank_account, leave_bank_account
from trading.billing.charging.unknowns import describe_invoice
from trading.funding.accounts.unknowns import describe_account, leave_account
from trading.funding.money_flows.unknowns import describe_flow, leave_flow
from trading.kyc.unknowns import describe_record, leave_record
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound
from trading.platform.unknown_rows import UnknownRow, find_row, hand_over, look_again, page_of_rows, place_of
from trading.platform.unknowns import (
    Decision,
    Describe,
    Finding,
    Unknown,
    UnknownKind,
    UnknownResolver,
    look_again_only,
)

DESCRIBED: Mapping[str, Describe] = {
    "flow": describe_flow,
    "kyc": describe_record,
    "account": describe_account,
    "bank-account": describe_bank_account,
    "invoice": describe_invoice,
}
"""What reads the rows of a kind, by the first word of their sort keys."""

LEAVE: Mapping[str, Callable[[str], str]] = {
    "flow": leave_flow,
    "kyc": leave_record,
    "account": leave_account,
    "bank-account": leave_bank_account,
}
"""What leaves a stuck record to a person. A charge is not left: at its next lookup it escalates by itself."""

KINDS: Mapping[str, UnknownKind] = {
    "flow": UnknownKind.MONEY_FLOW,
    "kyc": UnknownKind.KYC_SUBMISSION,
    "account": UnknownKind.ACCOUNT_OPENING,
    "bank-account": UnknownKind.BANK_REGISTRATION,
    "invoice": UnknownKind.CHARGE,
}
STUCK = "stuck"
"""The status of a record that nobody could go on with."""


@dataclass(frozen=True)
class UnknownPage:
    """Unknown outcomes with their ids, newest first, and where the next page starts, if there is one."""

    items: tuple[tuple[str, Unknown], ...]
    next_after: str | None


@dataclass(frozen=True)
class UnknownService:
    """Settles what the resolver left to a person, by what it is: `resolvers` makes the one of a kind."""

    resolvers: Mapping[str, Callable[[], UnknownResolver]]
    clock: Clock

    def resolve(self, unknown_id: str, finding: Finding) -> tuple[Unknown, str]:
        """Do what an operator decided; return what was unknown, and the record's status then.

        Raises:
            NotFound: if nothing of this id waits for a person.
            Conflict, InvalidRequest, Unavailable: see `UnknownResolver`.
        """
        owner, sk = place_of(unknown_id)
        row = find_row(owner, sk)
        unknown = described(row) if row is not None else None
        if unknown is None or row is None:
            raise NotFound("There is no such unknown outcome.")
        if row.stuck_since is not None:
            if finding.decision is Decision.LOOK_AGAIN:
                look_again(row, finding.audit, self.clock.now())
                return unknown, unknown.status
            hand_over(row, _left(row))
        return unknown, self.resolvers[_kind(sk)]().resolve(owner, sk, finding)


def page_of_unknowns(*, after: str | None, limit: int) -> UnknownPage:
    """Return what waits for a person, newest first; what was settled a moment ago is left out."""
    page = page_of_rows(after=after, limit=limit)
    read = ((row.unknown_id, described(row)) for row in page.rows)
    return UnknownPage(
        tuple((unknown_id, unknown) for unknown_id, unknown in read if unknown is not None), page.next_after
    )


def described(row: UnknownRow) -> Unknown | None:
    """Return what is unknown about a row; None where nothing is, or nobody knows such rows."""
    kind = _kind(row.sk)
    if kind not in DESCRIBED:
        return None
    if row.stuck_since is None:
        return DESCRIBED[kind](row.owner, row.document)
    record_id = row.sk.partition("#")[2] if kind not in {"kyc", "account"} else row.owner
    stuck = Unknown(KINDS[kind], row.owner, record_id, row.stuck_since, STUCK)
    with suppress(Conflict):
        return DESCRIBED[kind](row.owner, _left(row)) or stuck
    return stuck


def _left(row: UnknownRow) -> str:
    """Return the document of a stuck row, left to a person. Raises Conflict where nobody can."""
    leave = LEAVE.get(_kind(row.sk))
    if leave is None:
        raise look_again_only()
    try:
        return leave(row.document)
    except (ValueError, TypeError, LookupError, AttributeError):
        raise look_again_only() from None


def _kind(sk: str) -> str:
    return sk.partition("#")[0]
