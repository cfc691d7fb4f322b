"""Exposure: the little that says, with quotes alone, how far a portfolio's day is from its loss limit.

It is written with every version of the portfolio, so the monitor reads it for everybody in pages, and
nothing else, to know whom a fall of prices concerns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trading.automation.portfolios.models import Portfolio
from trading.automation.rails.rules import loss_floor
from trading.markets.belief import BAND
from trading.platform.money import amount_cents


@dataclass(frozen=True)
class ExposedHolding:
    """Shares that day trading holds some of, with their last price."""

    symbol: str
    quantity: Decimal
    last_price: Decimal


@dataclass(frozen=True)
class Exposure:
    """What prices decide of a portfolio's equity on a day.

    At or under `floor_cents` the day's loss has reached its limit. `fixed_cents` is what no quote of a pass
    moves: cash, claims, and holdings that were bought manually alone.
    """

    day: date
    floor_cents: int
    fixed_cents: int
    holdings: tuple[ExposedHolding, ...]

    @property
    def text(self) -> str:
        """Return it as short text."""
        head = f"{self.day:%Y%m%d} {self.floor_cents} {self.fixed_cents}"
        return " ".join((head, *(f"{held.symbol}:{held.quantity}:{held.last_price}" for held in self.holdings)))

    @classmethod
    def parse(cls, text: str) -> "Exposure":
        """Read the short text."""
        day, floor, fixed, *held = text.split(" ")
        parts = (one.split(":") for one in held)
        holdings = tuple(ExposedHolding(symbol, Decimal(shares), Decimal(price)) for symbol, shares, price in parts)
        return cls(date.fromisoformat(day), int(floor), int(fixed), holdings)

    def equity_cents(self, prices: Mapping[str, Decimal]) -> int:
        """Return the equity at prices; where there is none the last one counts, so that none disables the limit."""
        return self.fixed_cents + sum(
            amount_cents(held.quantity, prices.get(held.symbol, held.last_price)) for held in self.holdings
        )

    def stale(self, prices: Mapping[str, Decimal]) -> tuple[str, ...]:
        """Return the symbols that count at their last price."""
        return tuple(held.symbol for held in self.holdings if held.symbol not in prices)

    def may_be_lost(self, day: date, prices: Mapping[str, Decimal]) -> bool:
        """Say whether a day's loss may have reached its limit at prices that nobody has held against the last ones.

        A price far above the last one, which may be nonsense, hides no loss of the others: it counts as the last.
        """
        plausible = {
            held.symbol: price
            for held in self.holdings
            if (price := prices.get(held.symbol)) is not None and price <= held.last_price * (1 + BAND)
        }
        return day == self.day and self.equity_cents(plausible) <= self.floor_cents


def exposure_of(portfolio: Portfolio) -> Exposure | None:
    """Return the exposure of a portfolio with open positions; None where no loss limit watches it.

    One whose positions of the day have been ordered to be sold needs no watching: that stays so whatever prices do.
    """
    held = tuple(
        ExposedHolding(holding.symbol, holding.quantity, holding.last_price)
        for holding in portfolio.holdings.values()
        if holding.in_positions
    )
    before, order = portfolio.rail_state.before_open, portfolio.rail_state.flatten
    if not held or before is None or (order is not None and order.through >= before.day):
        return None
    floor = loss_floor(portfolio.rails, before, portfolio.contributed_cents)
    if floor is None:
        return None
    fixed = portfolio.value_cents - sum(amount_cents(one.quantity, one.last_price) for one in held)
    return Exposure(before.day, floor, fixed, held)
