"""Index returns in the table `markets`: one small row a day.

pk             sk
index#QQQ      2013-02-19
"""

from collections.abc import Iterable
from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from trading.markets.indexes.models import IndexReturn
from trading.platform.tables import DecimalAttribute, TableMeta, table_name


class IndexRow(Model):
    """An index's return of a day."""

    class Meta(TableMeta):
        table_name = table_name("markets")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    daily_return = DecimalAttribute(null=True)


class DynamoIndexStore:
    """Daily returns by the symbol of what follows an index."""

    def returns(self, symbol: str, first: date, last: date) -> tuple[IndexReturn, ...]:
        """Return the returns of a span, oldest first, both days included."""
        rows = IndexRow.query(_partition(symbol), IndexRow.sk.between(first.isoformat(), last.isoformat()))
        return tuple(IndexReturn(date.fromisoformat(str(row.sk)), row.daily_return) for row in rows)

    def save(self, symbol: str, returns: Iterable[IndexReturn]) -> None:
        """Write returns, in the place of those of the same days. One request per 25."""
        with IndexRow.batch_write() as batch:
            for found in returns:
                batch.save(IndexRow(_partition(symbol), found.day.isoformat(), daily_return=found.daily_return))


def _partition(symbol: str) -> str:
    return f"index#{symbol}"
