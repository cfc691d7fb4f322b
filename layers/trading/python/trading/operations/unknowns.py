"""Outcomes that only a person can find out, over all areas: listed, and settled by an operator's decision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trading.banking.unknowns import describe_bank_account
from trading.billing.charging.unknowns import describe_invoice
from trading.funding.accounts.unknowns import describe_account
from trading.funding.money_flows.unknowns import describe_flow
from trading.kyc.unknowns import describe_record
from trading.platform.errors import NotFound
from trading.platform.unknown_rows import UnknownRow, find_row, page_of_rows, place_of
from trading.platform.unknowns import Describe, Finding, Unknown, UnknownResolver

DESCRIBED: Mapping[str, Describe] = {
    "flow": describe_flow,
    "kyc": describe_record,
    "account": describe_account,
    "bank-account": describe_bank_account,
    "invoice": describe_invoice,
}
"""What reads the rows of a kind, by the first word of their sort keys."""


@dataclass(frozen=True)
class UnknownPage:
    """Unknown outcomes with their ids, newest first, and where the next page starts, if there is one."""

    items: tuple[tuple[str, Unknown], ...]
    next_after: str | None


@dataclass(frozen=True)
class UnknownService:
    """Settles what the resolver left to a person, by what it is: `resolvers` makes the one of a kind."""

    resolvers: Mapping[str, Callable[[], UnknownResolver]]

    def resolve(self, unknown_id: str, finding: Finding) -> tuple[Unknown, str]:
        """Do what an operator decided; return what was unknown, and the record's status then.

        Raises:
            NotFound: if nothing of this id waits for a person.
            Conflict, InvalidRequest, Unavailable: see `UnknownResolver`.
        """
        owner, sk = place_of(unknown_id)
        row = find_row(owner, sk)
        unknown = described(row) if row is not None else None
        if unknown is None:
            raise NotFound("There is no such unknown outcome.")
        return unknown, self.resolvers[_kind(sk)]().resolve(owner, sk, finding)


def page_of_unknowns(*, after: str | None, limit: int) -> UnknownPage:
    """Return what waits for a person, newest first; what was settled a moment ago is left out."""
    page = page_of_rows(after=after, limit=limit)
    read = ((row.unknown_id, described(row)) for row in page.rows)
    return UnknownPage(tuple((key, each) for key, each in read if each is not None), page.next_after)


def described(row: UnknownRow) -> Unknown | None:
    """Return what is unknown about a row; None where nothing is, or nobody knows such rows."""
    describe = DESCRIBED.get(_kind(row.sk))
    return describe(row.owner, row.document) if describe is not None else None


def _kind(sk: str) -> str:
    return sk.partition("#")[0]
