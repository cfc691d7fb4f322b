"""Instruments and ad-hoc closures in DynamoDB: small partitions of the table `markets`.

pk                     sk
instruments#NASDAQ     AAPL
closures#NASDAQ        2012-10-29
"""

from datetime import date, timedelta

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.models import Model

from trading.markets.models import Exchange, Instrument
from trading.platform.tables import TableMeta, table_name

CLOSURES_WITHIN = timedelta(days=7)


class MarketRow(Model):
    """An instrument or a closure."""

    class Meta(TableMeta):
        table_name = table_name("markets")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    active = BooleanAttribute(null=True)


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
        MarketRow(f"instruments#{instrument.exchange.code}", instrument.symbol, active=instrument.active).save()

    def closures(self, exchange: Exchange, day: date) -> frozenset[date]:
        """Return the ad-hoc closures of an exchange around a day (the week before to the week after)."""
        first, last = (day - CLOSURES_WITHIN).isoformat(), (day + CLOSURES_WITHIN).isoformat()
        rows = MarketRow.query(f"closures#{exchange.code}", MarketRow.sk.between(first, last))
        return frozenset(date.fromisoformat(str(row.sk)) for row in rows)

    def save_closure(self, exchange: Exchange, day: date) -> None:
        """Record that an exchange stays closed on a day."""
        MarketRow(f"closures#{exchange.code}", day.isoformat()).save()
