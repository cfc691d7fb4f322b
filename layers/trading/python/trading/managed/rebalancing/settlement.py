"""What an observation means for a portfolio: flows of its funds, and versions that are done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trading.brokerage.portfolios import RunClass
from trading.managed.models import HoldingsSnapshot, ManagedPortfolio
from trading.managed.observation.measurement import Measured, attributed, is_done
from trading.managed.versions import reasons
from trading.managed.versions.models import Version, VersionStatus
from trading.platform.clock import trading_date
from trading.platform.observability import count, logger

MAX_ATTEMPTS = 5
EMPTY_CENTS = 100
SLIP_SHARE = 10


@dataclass(frozen=True)
class Settled:
    """A portfolio and its open versions after an observation."""

    portfolio: ManagedPortfolio
    versions: tuple[Version, ...]
    flow_cents: int


def settled(
    portfolio: ManagedPortfolio, versions: Sequence[Version], seen: HoldingsSnapshot, measured: Measured
) -> Settled:
    """Return portfolio and versions with what was measured; nothing ends by that alone."""
    day = trading_date(seen.at)
    after = list(versions)
    for collection_id, cents in measured.flows.items():
        fund = portfolio.fund(collection_id)
        if fund is None:
            continue
        for place, executed in _attributed(after, collection_id, cents).items():
            after[place] = after[place].executed(executed, seen.at)
        is_empty = seen.fund_cents(collection_id) == 0
        portfolio = portfolio.with_fund(fund.with_flow(cents, day, is_empty=is_empty))
    return Settled(replace(portfolio, seen=seen), tuple(after), measured.total_cents)


def count_against_orders(before: Sequence[Version], after: Sequence[Version]) -> None:
    """Count, for an alarm, the versions that were newly measured to have been executed the other way round.

    That happens to a small order where prices move more between submission and trading than it is large. What
    is under a tenth of the order is the slip of measuring.
    """
    known = {version.version_id: version.executed_cents for version in before}
    for version in after:
        if _is_against_order(version) and known.get(version.version_id) != version.executed_cents:
            count("ExecutionsAgainstOrders")
            logger.error("executed against the order", code="executed_against_order", version_id=version.version_id)


def _is_against_order(version: Version) -> bool:
    wanted, executed = version.amount_cents or 0, version.executed_cents
    return wanted * executed < 0 and abs(executed) * SLIP_SHARE > abs(wanted)


def judged(version: Version, seen: HoldingsSnapshot, outcome: RunClass, at: datetime) -> Version:
    """Return an executing version after its run has ended: complete, failed, or still executing."""
    if version.status is not VersionStatus.EXECUTING:
        return version
    if _is_complete(version, seen, outcome):
        return version.moved(VersionStatus.COMPLETE, at)
    if outcome is RunClass.FAILED:
        return version.moved(VersionStatus.FAILED, at, reasons.RUN_FAILED)
    return abandoned(replace(version, attempts=version.attempts + 1), at)


def abandoned(version: Version, at: datetime) -> Version:
    """Return a version that failed, if it was tried often enough; else as it is."""
    if version.status is VersionStatus.EXECUTING and version.attempts >= MAX_ATTEMPTS:
        return version.moved(VersionStatus.FAILED, at, version.reason or reasons.NOT_EXECUTED)
    return version


def _is_complete(version: Version, seen: HoldingsSnapshot, outcome: RunClass) -> bool:
    remaining = version.remaining_cents
    if remaining is None:
        return outcome is RunClass.SUCCEEDED
    if version.sells_all:
        # What a whole position brings is known only when it is sold.
        return seen.fund_cents(version.collection_id) <= EMPTY_CENTS
    return is_done(remaining, version.amount_cents or 0, seen.equity_cents)


def _attributed(versions: Sequence[Version], collection_id: str, cents: int) -> dict[int, int]:
    """Return what each executing version of a collection has executed by now, by its place."""
    places = [
        place
        for place, version in enumerate(versions)
        if version.collection_id == collection_id
        and version.status is VersionStatus.EXECUTING
        and version.amount_cents is not None
    ]
    before = sum(versions[place].executed_cents for place in places)
    wanted = [versions[place].amount_cents or 0 for place in places]
    return dict(zip(places, attributed(wanted, 0, before + cents), strict=True))
