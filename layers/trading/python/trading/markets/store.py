"""Instruments and ad-hoc closures in DynamoDB: small partitions of the table `markets`.

pk                     sk
instruments#NASDAQ     AAPL
closures#NASDAQ        2012-10-29          with `closes_at` an early close
broker-ids             AAPL                the broker's id of a symbol
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.models import Model

from trading.markets.models import Exchange, Instrument
from trading.platform.tables import TableMeta, table_name

CLOSURES_WITHIN = timedelta(days=7)
IN_DOLLARS = (Exchange.NASDAQ, Exchange.NYSE)
BROKER_IDS = "broker-ids"


class MarketRow(Model):
    """An instrument or a closure."""

    class Meta(TableMeta):
        table_name = table_name("markets")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    active = BooleanAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    closes_at = UnicodeAttribute(null=True)


class DynamoInstrumentStore:
    """The registry of instruments, and closures that no calendar foresaw."""

    def find(self, exchange: Exchange, symbol: str) -> Instrument | None:
        """Return an instrument of an exchange, active or not."""
        try:
            row = MarketRow.get(f"instruments#{exchange.code}", symbol)
        except MarketRow.DoesNotExist:
            return None
        return Instrument(symbol, exchange, bool(row.active))

    def listed(self, exchange: Exchange) -> tuple[Instrument, ...]:
        """Return the exchange's active instruments, by symbol."""
        rows = MarketRow.query(f"instruments#{exchange.code}")
        return tuple(Instrument(str(row.sk), exchange) for row in rows if row.active)

    def save(self, instrument: Instrument) -> None:
        """Add or replace an instrument."""
        instrument_row(instrument).save()

    def closures(self, exchange: Exchange, day: date) -> Mapping[date, datetime | None]:
        """Return the ad-hoc closures of an exchange around a day (the week before to the week after)."""
        first, last = (day - CLOSURES_WITHIN).isoformat(), (day + CLOSURES_WITHIN).isoformat()
        rows = MarketRow.query(f"closures#{exchange.code}", MarketRow.sk.between(first, last))
        return {date.fromisoformat(str(row.sk)): _moment(row.closes_at) for row in rows}


def instrument_row(instrument: Instrument) -> MarketRow:
    """Return the row of an instrument."""
    return MarketRow(f"instruments#{instrument.exchange.code}", instrument.symbol, active=instrument.active)


def closure_row(exchange: Exchange, day: date, closes_at: datetime | None = None) -> MarketRow:
    """Return the row of a closure: for the whole day, or from a moment on."""
    text = closes_at.isoformat() if closes_at is not None else None
    return MarketRow(f"closures#{exchange.code}", day.isoformat(), closes_at=text)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


class DynamoSecurities:
    """Symbols by themselves: those that trade in dollars, and what the broker calls them."""

    def active_among(self, symbols: Collection[str]) -> frozenset[str]:
        """Return those symbols that can be traded in dollars."""
        return frozenset(str(row.sk) for row in _listings(symbols) if row.active)

    def known_among(self, symbols: Collection[str]) -> frozenset[str]:
        """Return those symbols that some exchange has, tradable or not."""
        return frozenset(str(row.sk) for row in _listings(symbols))

    def set_active(self, symbol: str, *, active: bool) -> bool:
        """Change whether a symbol that is known can be traded; return whether it is known."""
        rows = _listings((symbol,))
        for row in rows:
            row.active = active
            row.save()
        return bool(rows)

    def broker_ids(self, symbols: Collection[str]) -> Mapping[str, str]:
        """Return the broker's ids of those symbols whose ids were kept."""
        rows = MarketRow.batch_get([(BROKER_IDS, symbol) for symbol in symbols]) if symbols else ()
        return {str(row.sk): str(row.reference) for row in rows}

    def keep_broker_id(self, symbol: str, instrument_id: str) -> None:
        """Keep the broker's id of a symbol."""
        MarketRow(BROKER_IDS, symbol, reference=instrument_id).save()


def _listings(symbols: Collection[str]) -> list[MarketRow]:
    keys = [(f"instruments#{dollar.code}", symbol) for dollar in IN_DOLLARS for symbol in symbols]
    return list(MarketRow.batch_get(keys, consistent_read=True)) if keys else []
