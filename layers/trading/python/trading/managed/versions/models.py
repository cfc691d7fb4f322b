"""A version: one reconfiguration of one collection in one account.

    pending ──> executing ──> complete
       │            └───────> failed
       ├──> cancelled
       └──> failed

A pending version waits for the market and may be cancelled. It executes from the moment that it is
planned, before anything is submitted. It is complete when its run has ended and what is left of
its amount is next to nothing; else it is planned again, less what was executed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from trading.platform.ids import derived_id


class VersionStatus(StrEnum):
    """The status of a version."""

    PENDING = "pending"
    EXECUTING = "executing"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Say whether something may still come of it."""
        return bool(MOVES[self])


MOVES: Mapping[VersionStatus, frozenset[VersionStatus]] = {
    VersionStatus.PENDING: frozenset({VersionStatus.EXECUTING, VersionStatus.FAILED, VersionStatus.CANCELLED}),
    VersionStatus.EXECUTING: frozenset({VersionStatus.COMPLETE, VersionStatus.FAILED}),
    VersionStatus.COMPLETE: frozenset(),
    VersionStatus.FAILED: frozenset(),
    VersionStatus.CANCELLED: frozenset(),
}


class Source(StrEnum):
    """Who wanted a version: the person, or Tiller, to follow a collection or to undo drift."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Reason:
    """Why something was not done: a code of ours and a sentence for the person."""

    code: str
    message: str


class BadMoveError(ValueError):
    """Raised when a status would move where it may not: a defect of ours, never a client's."""


@dataclass(frozen=True)
class Version:
    """One reconfiguration. Amounts are signed cents: above 0 buys, below 0 sells, None re-weights only.

    `contents` are its symbols with their target weights, summing to 1. Where `sets_weights`, the fund
    gets them; else they are what its drift is measured against. `follows` is the day of the
    collection's weights that they are, None for weights of the person's own. `reserved_cents` is the
    cash that is held for it, `attempts` counts how often it was submitted to the broker. `target_cents` is what the
    holding shall be worth, where that was asked for: until it is planned, the amount follows prices.
    """

    version_id: str
    owner: str
    account_id: str
    collection_id: str
    source: Source
    contents: Mapping[str, Decimal]
    sets_weights: bool
    follows: date | None
    amount_cents: int | None
    percent: Decimal | None
    sells_all: bool
    digest: str
    created_at: datetime
    updated_at: datetime
    status: VersionStatus = VersionStatus.PENDING
    reserved_cents: int = 0
    executed_cents: int = 0
    reason: Reason | None = None
    executing_since: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    target_cents: int | None = None
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Say whether something may still come of it."""
        return self.status.is_open

    @property
    def remaining_cents(self) -> int | None:
        """Return what is still to be bought (above 0) or sold, or None where it only re-weights."""
        return None if self.amount_cents is None else self.amount_cents - self.executed_cents

    def moved(self, status: VersionStatus, at: datetime, reason: Reason | None = None) -> "Version":
        """Return the version with another status; one that has ended holds no cash.

        Raises:
            BadMoveError: if it cannot get there.
        """
        if status not in MOVES[self.status]:
            raise BadMoveError(f"{self.status} cannot become {status}")
        return replace(
            self,
            status=status,
            updated_at=at,
            reason=reason,
            reserved_cents=self.reserved_cents if status.is_open else 0,
            executing_since=self.executing_since or (at if status is VersionStatus.EXECUTING else None),
            finished_at=None if status.is_open else at,
        )

    def executed(self, cents: int, at: datetime) -> "Version":
        """Return the version with what was measured of it so far; a buy releases as much of its reservation."""
        reserved = max(0, (self.amount_cents or 0) - max(0, cents))
        return replace(self, executed_cents=cents, reserved_cents=min(self.reserved_cents, reserved), updated_at=at)


def version_id_of(owner: str, key: str) -> str:
    """Return the id of the version that a person's request makes: the same key leads to the same one."""
    return derived_id("collection-version", owner, key)
