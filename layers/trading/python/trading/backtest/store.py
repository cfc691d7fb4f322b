"""Tapes in the table `signals`, beside the recommendations that they are of: a row for each moment.

pk                   sk
NASDAQ#2013-02-19    tape#2013-02-19T14:30:00Z
"""

from collections.abc import Collection
from datetime import date, datetime

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from trading.backtest.models import Tape, TapeQuote
from trading.markets.models import Exchange
from trading.platform.clock import rfc3339
from trading.platform.expiry import TAPES_KEPT_FOR, expiry
from trading.platform.tables import TableMeta, table_name

_PREFIX = "tape#"
_QUOTES = TypeAdapter(tuple[TapeQuote, ...])


class TapeRow(Model):
    """The quotes of one moment."""

    class Meta(TableMeta):
        table_name = table_name("signals")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class DynamoTapeStore:
    """Quotes as they were recorded, by exchange and day."""

    def add(self, exchange: Exchange, day: date, moment: datetime, quotes: Collection[TapeQuote]) -> None:
        """Keep the quotes of a moment, in the place of those that were kept of it. One request."""
        document = _QUOTES.dump_json(tuple(quotes)).decode()
        place = f"{_PREFIX}{rfc3339(moment)}"
        TapeRow(_partition(exchange, day), place, document=document, expires_at=expiry(TAPES_KEPT_FOR)).save()

    def read(self, exchange: Exchange, day: date) -> Tape | None:
        """Return a day's tape, or None if nothing was recorded. One request."""
        rows = TapeRow.query(_partition(exchange, day), TapeRow.sk.startswith(_PREFIX))
        moments = tuple(
            (datetime.fromisoformat(str(row.sk).removeprefix(_PREFIX)), _QUOTES.validate_json(str(row.document)))
            for row in rows
        )
        return Tape(moments) if moments else None


def _partition(exchange: Exchange, day: date) -> str:
    return f"{exchange.code}#{day.isoformat()}"
