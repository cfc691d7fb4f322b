"""Shared prices in DynamoDB: the table `prices`, one row per exchange and symbol.

pk             NASDAQ#AAPL
quote, trade, price, official_close           JSON
<feed>_asked_at                               the minute of the last answer, in seconds
<feed>_claimed_at, <feed>_leased_until        who asks in a minute; the lease is of wall time
expires_at                                    when it is forgotten, unless somebody asks for it again
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.models import Model

from trading.markets.models import LastTrade, Price, Quote
from trading.markets.prices.models import Close, FeedName, Listing, SharedPrice
from trading.platform.documents import dump, load
from trading.platform.expiry import PRICES_KEPT_FOR, expiry
from trading.platform.tables import TableMeta, table_name

CONDITION_FAILED = "ConditionalCheckFailedException"


class PriceRow(Model):
    """An instrument's prices."""

    class Meta(TableMeta):
        table_name = table_name("prices")

    pk = UnicodeAttribute(hash_key=True)
    quote = UnicodeAttribute(null=True)
    trade = UnicodeAttribute(null=True)
    price = UnicodeAttribute(null=True)
    priced_at = NumberAttribute(null=True)
    official_close = UnicodeAttribute(null=True)
    quotes_asked_at = NumberAttribute(null=True)
    quotes_claimed_at = NumberAttribute(null=True)
    quotes_leased_until = NumberAttribute(null=True)
    closes_asked_at = NumberAttribute(null=True)
    closes_claimed_at = NumberAttribute(null=True)
    closes_leased_until = NumberAttribute(null=True)
    official_closes_asked_at = NumberAttribute(null=True)
    official_closes_claimed_at = NumberAttribute(null=True)
    official_closes_leased_until = NumberAttribute(null=True)
    trades_asked_at = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


@dataclass(frozen=True)
class DynamoPriceRows:
    """One row per instrument, read and refreshed by everybody."""

    wall_seconds: Callable[[], int] = lambda: int(time.time())

    def read(self, listings: Collection[Listing]) -> Mapping[Listing, SharedPrice]:
        """Return what is known of each instrument, nothing being known of a new one. One request per hundred."""
        keys = {_key(listing): listing for listing in listings}
        rows = {str(row.pk): row for row in PriceRow.batch_get(list(keys), consistent_read=True)} if keys else {}
        return {
            listing: _read(listing, rows[key]) if key in rows else SharedPrice(listing) for key, listing in keys.items()
        }

    def claim(
        self, listing: Listing, feed: FeedName, minute: datetime, *, lease_seconds: int, takes_over: bool
    ) -> bool:
        """Claim the one question of a minute about an instrument; return False if it is another's. One request."""
        wall = self.wall_seconds()
        claimed, leased, asked = (_attribute(feed, name) for name in ("claimed_at", "leased_until", "asked_at"))
        at = int(minute.timestamp())
        free = claimed.does_not_exist() | (claimed < at)
        if takes_over:
            free |= (leased < wall) & (asked.does_not_exist() | (asked < at))
        return _update_if(listing, [claimed.set(at), leased.set(wall + lease_seconds)], free)

    def save(self, shared: SharedPrice, feed: FeedName) -> None:
        """Keep the answer to a question, unless a newer one is kept. One request."""
        asked = _attribute(feed, "asked_at")
        at = int((shared.asked_at or {})[feed].timestamp())
        actions = [asked.set(at), *_answer(shared, feed)]
        _update_if(shared.listing, actions, asked.does_not_exist() | (asked < at))


def forget_prices(listings: Collection[Listing]) -> None:
    """Drop what is known of instruments."""
    with PriceRow.batch_write() as batch:
        for listing in listings:
            batch.delete(PriceRow(_key(listing)))


def _answer(shared: SharedPrice, feed: FeedName) -> list[Any]:
    if feed is FeedName.OFFICIAL_CLOSES:
        return [PriceRow.official_close.set(dump(shared.official_close))] if shared.official_close else []
    if feed is FeedName.TRADES:
        return [PriceRow.trade.set(dump(shared.trade))] if shared.trade else []
    actions: list[Any] = []
    if feed is FeedName.QUOTES and shared.quote is not None:
        actions.append(PriceRow.quote.set(dump(shared.quote)))
    is_new = shared.priced_at is not None and shared.priced_at == (shared.asked_at or {}).get(feed)
    if shared.price is not None and shared.priced_at is not None and is_new:
        actions += [PriceRow.price.set(dump(shared.price)), PriceRow.priced_at.set(int(shared.priced_at.timestamp()))]
    return actions


def _update_if(listing: Listing, actions: list[Any], condition: Any) -> bool:  # noqa: ANN401 - pynamodb's own
    try:
        kept = PriceRow.expires_at.set(expiry(PRICES_KEPT_FOR))
        PriceRow(_key(listing)).update(actions=[*actions, kept], condition=condition)
    except UpdateError as error:
        if error.cause_response_code != CONDITION_FAILED:
            raise
        return False
    return True


def _key(listing: Listing) -> str:
    exchange, symbol = listing
    return f"{exchange.code}#{symbol}"


def _attribute(feed: FeedName, name: str) -> Any:  # noqa: ANN401 - pynamodb's own
    return getattr(PriceRow, f"{feed.value}_{name}")


def _read(listing: Listing, row: PriceRow) -> SharedPrice:
    asked = {feed: getattr(row, f"{feed.value}_asked_at") for feed in FeedName}
    return SharedPrice(
        listing,
        quote=load(Quote, row.quote) if row.quote else None,
        trade=load(LastTrade, row.trade) if row.trade else None,
        price=load(Price, row.price) if row.price else None,
        priced_at=_moment(row.priced_at) if row.priced_at is not None else None,
        official_close=load(Close, row.official_close) if row.official_close else None,
        asked_at={feed: _moment(at) for feed, at in asked.items() if at is not None},
    )


def _moment(seconds: Any) -> datetime:  # noqa: ANN401 - pynamodb's number
    return datetime.fromtimestamp(int(seconds), UTC)
