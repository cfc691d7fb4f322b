"""Recommendations in DynamoDB: a partition per exchange and day.

The header names the version that counts; the recommendations lie in chunks under that version and
are written first, so that a reader sees one whole set or the other.
"""

from dataclasses import dataclass, replace
from datetime import date

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from trading.markets.models import Exchange
from trading.platform.documents import dump, load
from trading.platform.expiry import PARTS_KEPT_LONGER_BY, SIGNALS_KEPT_FOR, expiry
from trading.platform.tables import TableMeta, table_name
from trading.signals.models import Assessment, Recommendation, SignalSet, Source

HEADER = "header"
CHUNK = 500

_CHUNK = TypeAdapter(tuple[Recommendation, ...])


@dataclass(frozen=True)
class _Header:
    """What a header says of the set besides its source and version."""

    assessment: Assessment | None = None
    feature_drift: float | None = None


class SignalRow(Model):
    """The header of a day's recommendations, or a chunk of them."""

    class Meta(TableMeta):
        table_name = table_name("signals")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    source = UnicodeAttribute(null=True)
    version = UnicodeAttribute(null=True)
    document = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class DynamoSignalStore:
    """Recommendations by exchange and trade date."""

    def version(self, exchange: Exchange, trade_date: date) -> str | None:
        """Return the version of a day's recommendations, or None if there are none. One request."""
        header = _header(exchange, trade_date)
        return str(header.version) if header else None

    def read(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's recommendations, or None if there are none. Two requests."""
        header = _header(exchange, trade_date)
        if header is None:
            return None
        rows = SignalRow.query(
            _partition(exchange, trade_date), SignalRow.sk.startswith(f"{header.version}#"), consistent_read=True
        )
        found = tuple(signal for row in rows for signal in _CHUNK.validate_json(str(row.document)))
        return replace(_without_recommendations(exchange, trade_date, header), recommendations=found)

    def header(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's set without its recommendations, or None if there is none. One request."""
        header = _header(exchange, trade_date)
        return _without_recommendations(exchange, trade_date, header) if header else None

    def best(self, exchange: Exchange, trade_date: date) -> SignalSet | None:
        """Return a day's set with the best of its recommendations, 500 at most, or None. Two requests."""
        header = _header(exchange, trade_date)
        if header is None:
            return None
        found = _without_recommendations(exchange, trade_date, header)
        try:
            row = SignalRow.get(_partition(exchange, trade_date), _place(found.version, 0), consistent_read=True)
        except SignalRow.DoesNotExist:
            return found
        return replace(found, recommendations=_CHUNK.validate_json(str(row.document)))

    def save(self, signals: SignalSet) -> bool:
        """Write a day's recommendations, all or nothing; return False, and change nothing, if there are pinned ones."""
        pk = _partition(signals.exchange, signals.trade_date)
        until = expiry(SIGNALS_KEPT_FOR + PARTS_KEPT_LONGER_BY)
        with SignalRow.batch_write() as batch:
            for start in range(0, len(signals.recommendations), CHUNK):
                chunk = _CHUNK.dump_json(signals.recommendations[start : start + CHUNK]).decode()
                batch.save(SignalRow(pk, _place(signals.version, start), document=chunk, expires_at=until))
        header = SignalRow(pk, HEADER, source=signals.source, version=signals.version)
        header.document = dump(_Header(signals.assessment, signals.feature_drift))
        header.expires_at = expiry(SIGNALS_KEPT_FOR)
        free = SignalRow.pk.does_not_exist() | (SignalRow.source != Source.PINNED)
        try:
            header.save(None if signals.source is Source.PINNED else free)
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _without_recommendations(exchange: Exchange, trade_date: date, header: SignalRow) -> SignalSet:
    more = load(_Header, str(header.document)) if header.document else _Header()
    source, version = Source(str(header.source)), str(header.version)
    return SignalSet(exchange, trade_date, source, version, (), more.assessment, more.feature_drift)


def _place(version: str, start: int) -> str:
    return f"{version}#{start:06}"


def _partition(exchange: Exchange, trade_date: date) -> str:
    return f"{exchange.code}#{trade_date.isoformat()}"


def _header(exchange: Exchange, trade_date: date) -> SignalRow | None:
    try:
        return SignalRow.get(_partition(exchange, trade_date), HEADER, consistent_read=True)
    except SignalRow.DoesNotExist:
        return None
