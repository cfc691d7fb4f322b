"""Symbols that the market-data partner refused, in the table `markets`: a set a day, written by whoever found one.

pk                 sk
refused-symbols    2013-02-19    their spelling, as a set
"""

from collections.abc import Callable, Collection
from datetime import date

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.models import Model

from trading.platform.expiry import REGISTRY_KEPT_FOR, expiry
from trading.platform.paged_sets import add_to_pages, page_sk, read_pages
from trading.platform.tables import TableMeta, table_name

REFUSED = "refused-symbols"


class RefusedRow(Model):
    """A day's refused symbols."""

    class Meta(TableMeta):
        table_name = table_name("markets")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    symbols = UnicodeSetAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class DynamoRefusedSymbols:
    """The symbols that were found to fail whole requests today. `today` is asked for each time."""

    def __init__(self, today: Callable[[], date]) -> None:
        self._today = today

    def recall(self) -> frozenset[str]:
        """Return them. One request, and one for each page that is full."""
        day = self._today()
        return frozenset(read_pages(lambda number: _members(day, number)))

    def remember(self, symbols: Collection[str]) -> None:
        """Add some. One request for each thousand."""
        day, kept = self._today(), RefusedRow.expires_at.set(expiry(REGISTRY_KEPT_FOR))
        add_to_pages(lambda number: RefusedRow(REFUSED, _place(day, number)), RefusedRow.symbols, symbols, [kept])


def _place(day: date, number: int) -> str:
    return page_sk(day.isoformat(), number)


def _members(day: date, number: int) -> set[str] | None:
    try:
        row = RefusedRow.get(REFUSED, _place(day, number), consistent_read=True)
    except RefusedRow.DoesNotExist:
        return None
    return row.symbols
