"""Outcomes that only a person can find out: what operators see of them, and what they decide.

A request to a partner whose answer was lost is searched for during days. What nobody found out by then is
left to a person: its row is found by the index `by_unknown` (`people.set_unknown`), whatever it is.
An area that has such records gives a `describe` for its rows and an `UnknownResolver`; both are named in
`trading.operators.unknowns`. An operator decides one of three things:

    look_again      another lookup, on the resolver's schedule
    never_arrived   it is ended, unless the partner knows it: a look-up at this moment says so
    arrived         the partner's record is taken over, once a look-up at this moment has shown it

Nothing is sent again by a decision, and a partner that cannot be asked leaves everything as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from trading.platform.audit import Audit
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest


class UnknownKind(StrEnum):
    """What was asked of a partner."""

    MONEY_FLOW = "money_flow"
    KYC_SUBMISSION = "kyc_submission"
    ACCOUNT_OPENING = "account_opening"
    BANK_REGISTRATION = "bank_registration"
    CHARGE = "charge"


class Decision(StrEnum):
    """What an operator found out: see the module."""

    LOOK_AGAIN = "look_again"
    NEVER_ARRIVED = "never_arrived"
    ARRIVED = "arrived"


Known = Mapping[str, str | int | None]


@dataclass(frozen=True)
class Unknown:
    """One of them: `record_id` names the record within its kind, `known` holds what is known of it."""

    kind: UnknownKind
    owner: str
    record_id: str
    asked_at: datetime
    status: str
    known: Known = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """An operator's decision, who they are and why. `partner_reference` is the partner's id of what arrived."""

    decision: Decision
    audit: Audit
    partner_reference: str | None = None

    def __post_init__(self) -> None:
        """Refuse a reference where nothing is said to have arrived."""
        if self.partner_reference is not None and self.decision is not Decision.ARRIVED:
            raise InvalidRequest(problems=(FieldProblem("partner_reference", "belongs to `arrived` alone"),))


Describe = Callable[[str, str], Unknown | None]
"""Reads owner and document of a row; None where nothing of it waits for a person."""


class UnknownResolver(Protocol):
    """One kind of records that may be left to a person."""

    def resolve(self, owner: str, sk: str, finding: Finding) -> str:
        """Do what an operator decided about the record at a sort key; return its status then.

        Raises:
            Conflict: `already_resolved`, `partner_knows_it` for what did arrive, `not_at_partner` for
                what did not or is another's.
            InvalidRequest: if a `partner_reference` is needed.
            Unavailable: if the partner cannot be asked; nothing has changed.
        """
        ...


def already_resolved() -> Conflict:
    """Return the error of a decision about what does not wait for one."""
    return Conflict("The outcome is known already.", code="already_resolved")


def partner_knows_it() -> Conflict:
    """Return the error of `never_arrived` about what did arrive."""
    return Conflict("The partner knows it, so it did arrive.", code="partner_knows_it")


def not_at_partner() -> Conflict:
    """Return the error of `arrived` about what did not, or is not what was asked for."""
    return Conflict("The partner has nothing of this reference that it can be.", code="not_at_partner")


def look_again_only() -> Conflict:
    """Return the error of another decision about what nobody can read."""
    return Conflict("Nothing can be read of it; it can only be looked at again.", code="look_again_only")


def required_reference(finding: Finding) -> str:
    """Return the partner's id of what arrived. Raises InvalidRequest without one."""
    if finding.partner_reference is None:
        raise InvalidRequest(problems=(FieldProblem("partner_reference", "is needed to look this up"),))
    return finding.partner_reference
