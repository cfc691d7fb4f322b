"""Pinned quotes: what the sandbox's users want the market to say, until they pin anew.

A plain price is bid, ask and last trade at once, fresh at every moment. A bid with an ask leaves the
last trade as it was, of the moment at which the plain price before them ended; what the shares closed
at is their middle. Nothing (None) is no quote and no trade. A key names a symbol of the United States,
or an exchange and its symbol: `TSE:T`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from trading.markets.models import Exchange
from trading.partners.market_data.symbols import their_symbol
from trading.platform.money import round_price

ABROAD = frozenset({Exchange.TSE})
"""The exchanges whose symbols are not those of the United States, which share one namespace."""


@dataclass(frozen=True)
class Pin:
    """One pinned quote. Without `at` it is fresh at every moment; a side of 0 is no such side.

    `traded` is the last trade, of `traded_at`, or of every moment.
    """

    bid: Decimal | None = None
    ask: Decimal | None = None
    at: datetime | None = None
    traded: Decimal | None = None
    traded_at: datetime | None = None

    @classmethod
    def plain(cls, price: Decimal | None) -> "Pin":
        """Return the pin of a plain price, or of none."""
        return cls(price, price, traded=price)

    @property
    def is_plain(self) -> bool:
        """Say whether the pin is a plain price, or none."""
        return self.bid == self.ask == self.traded and self.at is None and self.traded_at is None

    @property
    def value(self) -> Decimal | None:
        """Return what shares are worth by the pin: the middle of its sides, or the last trade where those make none."""
        if self.bid and self.ask and self.bid <= self.ask:
            return round_price((self.bid + self.ask) / 2)
        return self.traded

    def after(self, before: "Pin | None", now: datetime | None) -> "Pin":
        """Return the pin with the last trade of the one that it replaces at a moment."""
        if self.is_plain or before is None or before.traded is None:
            return self
        traded_at = before.traded_at or now
        return replace(self, traded=before.traded, traded_at=traded_at) if traded_at else self

    def to_json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return what `from_json` reads."""
        return TypeAdapter(Pin).dump_python(self, mode="json")

    @classmethod
    def from_json(cls, raw: Any) -> "Pin":  # noqa: ANN401 - any JSON value
        """Read a pin as it was kept."""
        return TypeAdapter(Pin).validate_python(raw)


def pin_key(symbol: str, exchange: Exchange | None = None) -> str:
    """Return the key of a symbol's pin: the partner's spelling, with the exchange where that is abroad."""
    return f"{exchange.code}:{their_symbol(symbol)}" if exchange in ABROAD else their_symbol(symbol)


def read_key(key: str) -> tuple[Exchange | None, str]:
    """Return the exchange and the symbol that a key names; without an exchange None."""
    code, colon, symbol = key.rpartition(":")
    return (Exchange[code] if colon else None, symbol)


def merged(kept: Mapping[str, Pin], new: Mapping[str, Pin], now: datetime | None) -> dict[str, Pin]:
    """Return pins with others in the place of theirs."""
    return dict(kept) | {key: pin.after(kept.get(key), now) for key, pin in new.items()}
