"""Restricted accounts and portfolios in DynamoDB, by two sparse indexes. A page is at most ten requests."""

from collections.abc import Iterator

from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.rows import Row, blocked_key
from trading.funding.accounts.models import TradingAccount
from trading.operators.restrictions import BEHIND_ALL, RecordPage
from trading.platform.documents import load
from trading.platform.people import PersonRow
from trading.platform.shards import SHARDS

Place = tuple[str, str, str]
"""A record's place in the order of all, and its key."""


class DynamoRestrictedRecords:
    """Accounts and portfolios that are restricted, over everybody."""

    def page(self, *, after: str | None, limit: int) -> RecordPage:
        """Return some of them, those that were restricted last first. The indexes may be behind."""
        places = (place for number in range(SHARDS) for place in _places(number, after, limit + 1))
        found = sorted(places, reverse=True)
        page = found[:limit]
        read = _read(page)
        records = tuple(read[place[1:]] for place in page if place[1:] in read)
        following = page[-1][0] if page else BEHIND_ALL
        return RecordPage(records, following if len(found) > limit else None)


def _places(number: int, after: str | None, limit: int) -> Iterator[Place]:
    people_before = PersonRow.restricted_at < after if after else None
    people = PersonRow.by_restricted.query(f"restricted#{number}", people_before, scan_index_forward=False, limit=limit)
    yield from ((str(row.restricted_at), str(row.pk), str(row.sk)) for row in people)
    blocked_before = Row.blocked_at < after if after else None
    blocked = Row.by_blocked.query(blocked_key(number), blocked_before, scan_index_forward=False, limit=limit)
    yield from ((str(row.blocked_at), str(row.pk), str(row.sk)) for row in blocked)


def _read(page: list[Place]) -> dict[tuple[str, str], TradingAccount | Portfolio]:
    people = [(pk, sk) for _, pk, sk in page if not pk.startswith("portfolio#")]
    portfolios = [(pk, sk) for _, pk, sk in page if pk.startswith("portfolio#")]
    accounts = {
        (str(row.pk), str(row.sk)): load(TradingAccount, str(row.document))
        for row in PersonRow.batch_get(people, consistent_read=True)
    }
    return accounts | {
        (str(row.pk), str(row.sk)): load(Portfolio, str(row.document))
        for row in Row.batch_get(portfolios, consistent_read=True)
    }
