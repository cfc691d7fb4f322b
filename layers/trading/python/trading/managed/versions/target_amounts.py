"""Targets: what is to be traded so that a holding is worth an amount.

What earlier versions of the same collection still want counts as done, since they go first. While a
version waits its amount follows the prices; from the moment that it is planned it is fixed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from trading.managed.models import HoldingsSnapshot
from trading.managed.versions.models import Version, VersionStatus


def cents_to_target(target_cents: int, there_cents: int, collection_id: str, earlier: Sequence[Version]) -> int:
    """Return what is to be bought (above 0) or sold so that a holding of `there_cents` is worth a target."""
    others = [version for version in earlier if version.collection_id == collection_id and version.is_open]
    if any(other.sells_all for other in others):
        return target_cents - sum(max(0, other.remaining_cents or 0) for other in others)
    return target_cents - there_cents - sum(other.remaining_cents or 0 for other in others)


def aimed(
    versions: Sequence[Version], seen: HoldingsSnapshot, *, min_cents: int, free_cents: int, at: datetime
) -> Iterator[Version]:
    """Yield versions, oldest first, with the amounts that those with a target have at present prices.

    One whose holding is worth its target already is complete. `min_cents` is the least that can be
    traded, `free_cents` the cash that reservations may grow by.
    """
    earlier: list[Version] = []
    for version in versions:
        aims = version.target_cents is not None and version.status is VersionStatus.PENDING
        after = _aimed(version, earlier, seen, min_cents, at) if aims else version
        more = max(0, min(max(0, after.amount_cents or 0) - version.reserved_cents, free_cents)) if aims else 0
        if aims and after.is_open:
            after = replace(after, reserved_cents=min(max(0, after.amount_cents or 0), version.reserved_cents + more))
        free_cents -= more
        earlier.append(after)
        yield after


def _aimed(
    version: Version, earlier: Sequence[Version], seen: HoldingsSnapshot, min_cents: int, at: datetime
) -> Version:
    target, there = version.target_cents or 0, seen.fund_cents(version.collection_id)
    cents = cents_to_target(target, there, version.collection_id, earlier)
    if not cents or (target and abs(cents) < min_cents):
        done = replace(version, amount_cents=0, sells_all=False)
        return done.moved(VersionStatus.EXECUTING, at).moved(VersionStatus.COMPLETE, at)
    return replace(version, amount_cents=cents, sells_all=cents < 0 and not target)
