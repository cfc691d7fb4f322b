"""Reasons of a day's ranking in DynamoDB, beside the recommendations that it was made of.

pk                   sk
NASDAQ#2013-02-19    reasons#<version>#000200     at most 200 reasons, from the 200th on

Sessions say where theirs lie; so a day of 9,000 candidates is written once and not per portfolio.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from trading.automation.portfolios.sessions import Session, SharedSkips, Skip, Skipped
from trading.markets.models import Exchange
from trading.platform.expiry import SIGNALS_KEPT_FOR, expiry
from trading.platform.tables import TableMeta, table_name

CHUNK = 200
"""What a list shows lies in one row: a portfolio chooses 100 at most, and 100 more are shown."""
MAX_SHOWN = 100

_CHUNK = TypeAdapter(list[tuple[str, Skip]])


class ReasonRow(Model):
    """A part of a day's reasons."""

    class Meta(TableMeta):
        table_name = table_name("signals")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class DynamoReasonStore:
    """The reasons of a day's ranking, kept once for all portfolios of an exchange."""

    def save(self, exchange: Exchange, trade_date: date, version: str, reasons: Sequence[Skipped]) -> None:
        """Write the reasons of a version; again the same. A request per 5,000."""
        pk, until = _partition(exchange, trade_date), expiry(SIGNALS_KEPT_FOR)
        with ReasonRow.batch_write() as batch:
            for start in range(0, len(reasons), CHUNK):
                chunk = [(skip.symbol, skip.reason) for skip in reasons[start : start + CHUNK]]
                document = _CHUNK.dump_json(chunk).decode()
                batch.save(ReasonRow(pk, _place(version, start), document=document, expires_at=until))

    def since(self, trade_date: date, place: SharedSkips) -> Iterator[tuple[int, Skipped]]:
        """Yield the reasons of a place with their numbers, as they are asked for."""
        first = place.begin - place.begin % CHUNK
        bounds = ReasonRow.sk.between(_place(place.version, first), _place(place.version, place.end))
        rows = ReasonRow.query(_partition(place.exchange, trade_date), bounds, page_size=2, consistent_read=True)
        numbered = (found for row in rows for found in enumerate(_read(row), start=_number(row)))
        for number, skip in numbered:
            if place.begin <= number < place.end:
                yield number, skip

    def beginnings(self, sessions: Sequence[Session]) -> Mapping[date, tuple[Skipped, ...]]:
        """Return the first reasons that each session shares, at most 100, by trade date. A request per 100."""
        places = {s.trade_date: s.shared_skips for s in sessions if s.shared_skips and s.shared_skips.count}
        keys = {
            day: (_partition(place.exchange, day), _place(place.version, place.begin - place.begin % CHUNK))
            for day, place in places.items()
        }
        rows = {(str(row.pk), str(row.sk)): row for row in ReasonRow.batch_get(list(keys.values()))} if keys else {}
        return {
            day: tuple(_read(rows[keys[day]])[place.begin % CHUNK :][: min(MAX_SHOWN, place.count)])
            for day, place in places.items()
            if keys[day] in rows
        }


def _partition(exchange: Exchange, trade_date: date) -> str:
    return f"{exchange.code}#{trade_date.isoformat()}"


def _place(version: str, number: int) -> str:
    return f"reasons#{version}#{number:06}"


def _number(row: ReasonRow) -> int:
    return int(str(row.sk).rpartition("#")[2])


def _read(row: ReasonRow) -> list[Skipped]:
    return [Skipped(symbol, reason) for symbol, reason in _CHUNK.validate_json(str(row.document))]
