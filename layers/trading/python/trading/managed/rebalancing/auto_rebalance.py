"""Versions that nobody asked for: a fund follows its collection's new weights, or is led back from drift.

Only one in a while for each fund, never while the person's own version of it is open, and never a sale
of everything because nothing is left to trade.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from trading.managed.collections.service import Catalogue
from trading.managed.models import Fund, HoldingsSnapshot, ManagedPortfolio
from trading.managed.rebalancing.drift import MAX_DRIFT, drift
from trading.managed.versions.models import Source, Version
from trading.managed.weights import among
from trading.platform.clock import rfc3339
from trading.platform.ids import derived_id

COOL_DOWN = timedelta(days=1)
MAX_AUTOMATIC = 5
"""How many may be open at once beside people's own, so that a rebalance's transaction holds them all."""


@dataclass(frozen=True)
class Wanted:
    """The weights that a fund shall have, and the day of the collection's weights that they are."""

    weights: Mapping[str, Decimal]
    follows: date | None


def automatic_versions(
    portfolio: ManagedPortfolio, versions: Sequence[Version], seen: HoldingsSnapshot, catalogue: Catalogue, at: datetime
) -> Iterator[Version]:
    """Yield the versions that lead funds back to where they should be, the others when these are over."""
    room = MAX_AUTOMATIC - sum(version.source is Source.AUTOMATIC for version in versions)
    yield from islice(_automatic_versions(portfolio, versions, seen, catalogue, at), max(0, room))


def _automatic_versions(
    portfolio: ManagedPortfolio, versions: Sequence[Version], seen: HoldingsSnapshot, catalogue: Catalogue, at: datetime
) -> Iterator[Version]:
    busy = {version.collection_id for version in versions}
    for collection_id, fund in portfolio.funds.items():
        cents = seen.cents.get(collection_id, {})
        has_rested = fund.rebalanced_at is None or at - fund.rebalanced_at >= COOL_DOWN
        if sum(cents.values()) > 0 and collection_id not in busy and has_rested:
            wanted = _wanted(fund, cents, catalogue)
            if wanted is not None:
                yield _version(portfolio, collection_id, wanted, at)


def _wanted(fund: Fund, cents: Mapping[str, int], catalogue: Catalogue) -> Wanted | None:
    recommended = catalogue.find_recommended(fund.collection_id) if fund.follows is not None else None
    if recommended and fund.follows and recommended.effective_on > fund.follows:
        return Wanted(recommended.weights, recommended.effective_on)
    weights = among(fund.contents, catalogue.tradable(tuple(fund.contents)))
    movable = {symbol: worth for symbol, worth in cents.items() if symbol in catalogue.tradable(tuple(cents))}
    return Wanted(weights, fund.follows) if weights and drift(movable, weights) > MAX_DRIFT else None


def _version(portfolio: ManagedPortfolio, collection_id: str, wanted: Wanted, at: datetime) -> Version:
    return Version(
        version_id=derived_id("automatic-version", portfolio.owner, collection_id, rfc3339(at)),
        owner=portfolio.owner,
        account_id=portfolio.account_id,
        collection_id=collection_id,
        source=Source.AUTOMATIC,
        contents=wanted.weights,
        sets_weights=True,
        follows=wanted.follows,
        amount_cents=None,
        percent=None,
        sells_all=False,
        digest="",
        created_at=at,
        updated_at=at,
    )
