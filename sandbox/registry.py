"""The registry of tradable symbols, filled with many at once."""

from collections.abc import Iterable, Mapping

from sandbox.partners.market_data.simulator import SHIPPED
from trading.markets.models import Exchange, Instrument
from trading.markets.store import MarketRow

NYSE_SYMBOLS = frozenset({"IBM"})


def register(instruments: Iterable[Instrument]) -> None:
    """Add or replace instruments; of one that is named twice the last counts."""
    rows = {(instrument.exchange, instrument.symbol): instrument for instrument in instruments}
    with MarketRow.batch_write() as batch:
        for row in rows.values():
            batch.save(MarketRow(_partition(row.exchange), row.symbol, active=row.active))


def register_unknown(symbols: Iterable[str], exchange: Exchange) -> None:
    """Add, as active ones of an exchange, those symbols that no exchange has, active or not."""
    register(Instrument(symbol, exchange) for symbol in set(symbols) - registered())


def register_quoted(named: Mapping[str, tuple[Exchange | None, str]]) -> dict[str, Exchange]:
    """Return the exchange of each key's symbol, and add those symbols that are on none.

    A key without an exchange means the one that has the symbol, NASDAQ if none has.
    """
    homes = {(exchange, str(row.sk)) for exchange in Exchange for row in MarketRow.query(_partition(exchange))}
    home = {
        symbol: exchange for exchange, symbol in sorted(homes, key=lambda place: place[0] is Exchange.TSE, reverse=True)
    }
    found = {key: exchange or home.get(symbol, Exchange.NASDAQ) for key, (exchange, symbol) in named.items()}
    register(
        Instrument(named[key][1], exchange) for key, exchange in found.items() if (exchange, named[key][1]) not in homes
    )
    return found


def registered() -> frozenset[str]:
    """Return the symbols that some exchange has, active or not."""
    return frozenset(activity())


def activity() -> dict[str, bool]:
    """Return which symbols there are, and of each whether some exchange has it as active."""
    rows = [row for exchange in Exchange for row in MarketRow.query(_partition(exchange))]
    active = {str(row.sk) for row in rows if row.active}
    return {str(row.sk): str(row.sk) in active for row in rows}


def register_shipped() -> None:
    """Add the symbols of the shipped history, where they are not known yet."""
    register_unknown(NYSE_SYMBOLS, Exchange.NYSE)
    register_unknown(SHIPPED, Exchange.NASDAQ)


def _partition(exchange: Exchange) -> str:
    return f"instruments#{exchange.code}"
