"""What operators see of outcomes that only a person can find out."""

from trading.operators.unknowns import page_of_unknowns
from trading.platform.audit import Audit
from trading.platform.unknowns import Decision, Finding, Unknown

BECAUSE = Audit("the-operator", "a call with the partner")


def unknowns_of(owner: str) -> list[Unknown]:
    """Return what is unknown of a person."""
    return [unknown for _, unknown in page_of_unknowns(after=None, limit=100).items if unknown.owner == owner]


def decided(decision: Decision, partner_reference: str | None = None) -> Finding:
    """Return an operator's decision."""
    return Finding(decision, BECAUSE, partner_reference)
