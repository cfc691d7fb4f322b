"""Symbols that the market-data partner refused, in the table `markets`: one row a day, written by whoever found one.

pk                 sk
refused-symbols    2013-02-19    their spelling, as a set
"""

from collections.abc import Callable, Collection
from datetime import date

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute
from pynamodb.models import Model

from trading.platform.tables import TableMeta, table_name

REFUSED = "refused-symbols"


class RefusedRow(Model):
    """A day's refused symbols."""

    class Meta(TableMeta):
        table_name = table_name("markets")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    symbols = UnicodeSetAttribute(null=True)


class DynamoRefusedSymbols:
    """The symbols that were found to fail whole requests today. `today` is asked for each time."""

    def __init__(self, today: Callable[[], date]) -> None:
        self._today = today

    def recall(self) -> frozenset[str]:
        """Return them. One request."""
        try:
            row = RefusedRow.get(REFUSED, self._today().isoformat(), consistent_read=True)
        except RefusedRow.DoesNotExist:
            return frozenset()
        return frozenset(row.symbols or ())

    def remember(self, symbols: Collection[str]) -> None:
        """Add some. One request."""
        row = RefusedRow(REFUSED, self._today().isoformat())
        row.update(actions=[RefusedRow.symbols.add(set(symbols))])
