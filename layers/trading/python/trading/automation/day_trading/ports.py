"""What the trading day needs of the world outside."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from trading.automation.day_trading.planner import Ranking
from trading.automation.portfolios.exposure import Exposure
from trading.automation.portfolios.models import PortfolioKey, Task
from trading.automation.portfolios.sessions import Session, SharedSkips, Skip, Skipped
from trading.automation.rails.highs import Highs
from trading.automation.rails.models import Block
from trading.brokerage.halts import HaltStrength
from trading.ledger.models import Entry
from trading.markets.belief import Purpose
from trading.markets.costs import TradingCosts
from trading.markets.models import Exchange, LastTrade, Price, Quote, TradingDay
from trading.platform.sources import Sources

BidsOf = Callable[[Mapping[str, Decimal | None]], Mapping[str, Decimal]]
"""Returns the bids of symbols that are believed, each with the high that is known of it, None where there is none."""


class Side(StrEnum):
    """Which way an order goes."""

    BUY = "BUY"
    SELL = "SELL"


@dataclass(frozen=True)
class BrokerOrder:
    """A market order, at the price that it was decided on: the ask of a purchase, the bid of a sale.

    `client_order_id` is a function of portfolio, date, symbol and side.
    """

    client_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Price


@dataclass(frozen=True)
class Fill:
    """What an order brought: a price with 4 places, amount and commission in cents."""

    price: Decimal
    quantity: Decimal
    amount_cents: int
    commission_cents: int


class Broker(Protocol):
    """Executes orders. The same client order id never trades twice."""

    @property
    def costs(self) -> TradingCosts:
        """Return what trading a share costs besides its price."""
        ...

    def price(self, side: Side, price: Price) -> Decimal:
        """Return the price that an order is expected to fill at, with 4 places; never better than `price`."""
        ...

    def affordable(self, cash_cents: int, price: Decimal, *, fractional: bool) -> Decimal:
        """Return the most shares whose amount and commission the cash pays."""
        ...

    def execute(self, order: BrokerOrder) -> Fill:
        """Fill an order in full.

        Raises:
            Refused: if the broker does not take the order; nothing happened.
        """
        ...


@dataclass(frozen=True)
class EntryHalt:
    """Why nothing is entered: the reason of each entry, and the blocks of what operators halted."""

    skip: Skip
    blocks: tuple[Block, ...] = ()

    @property
    def is_flattening(self) -> bool:
        """Say whether what is open is to be sold, too."""
        return any(block.strength is HaltStrength.FLATTEN for block in self.blocks)


class BuyRestrictions(Protocol):
    """What keeps a person, or everybody, from buying."""

    def of_everybody(self) -> EntryHalt | None:
        """Return why nothing is entered for anybody, if so; an invocation asks once, for purchases check it anyway."""
        ...

    def of(self, owner: str) -> EntryHalt | None:
        """Return why nothing is entered for a person, if so, strongly consistent."""
        ...


class HeldRegistry(Protocol):
    """The symbols that anybody may hold."""

    def register_held(self, exchange: Exchange, today: date, symbols: Collection[str]) -> None:
        """Add symbols to the registry before positions open in them. At most one request."""
        ...

    def register_trailing(self, exchange: Exchange, today: date, symbols: Collection[str]) -> None:
        """Add symbols to those whose highs passes observe, before a stop trails them. At most one request."""
        ...


class WorkIndex(HeldRegistry, Protocol):
    """Finds the portfolios that a job concerns, over everybody, by sharded sparse indexes."""

    def automated(self, exchange: Exchange) -> Sources[PortfolioKey]:
        """Return the automated portfolios of an exchange."""
        ...

    def active(self, exchange: Exchange) -> Sources[PortfolioKey]:
        """Return every portfolio of an exchange that is not deleted."""
        ...

    def due(self, task: Task, exchange: Exchange, now: datetime) -> Sources[PortfolioKey]:
        """Return the portfolios of an exchange whose task is due."""
        ...

    def exposed(self, exchange: Exchange) -> Iterator[tuple[PortfolioKey, Exposure]]:
        """Yield the portfolios of an exchange with open positions whose day's loss is watched."""
        ...

    def held_symbols(self, exchange: Exchange, today: date) -> frozenset[str]:
        """Return the symbols that positions of the last days may be open in. One request."""
        ...

    def observe_highs(self, day: TradingDay, bids_of: BidsOf, at: datetime) -> Highs:
        """Keep what a pass observed of the symbols that stops trail, and return their highs.

        `bids_of` is asked for the bids of these symbols. One request where no stop trails, two where some do.
        """
        ...

    def trailing_hits(self, exchange: Exchange, symbol: str, fallen_percent: Decimal) -> Iterator[PortfolioKey]:
        """Yield the portfolios of an exchange whose trailing stop a price may have reached, so far under the high."""
        ...

    def hits(self, exchange: Exchange, symbol: str, price: Decimal) -> Iterator[PortfolioKey]:
        """Yield the portfolios of an exchange with an open position whose target or stop a price has reached."""
        ...


class Ledger(Protocol):
    """The part of the ledger that proofs read."""

    def since(self, state: str, seq: int) -> tuple[Entry, ...]:
        """Return the entries after a sequence number, oldest first, strongly consistent."""
        ...


class Quotes(Protocol):
    """Believable prices, each symbol asked for once per invocation."""

    def prices(
        self, exchange: Exchange, last_prices: Mapping[str, Decimal | None], purpose: Purpose, now: datetime
    ) -> Mapping[str, Price]:
        """Return what symbols are worth for a purpose, of those whose quotes can be had and believed.

        `last_prices` names the symbols, each with the last price that was believed, if there is one.
        """
        ...

    def judge(
        self, quotes: Collection[Quote], last_prices: Mapping[str, Decimal | None], purpose: Purpose, now: datetime
    ) -> Mapping[str, Price]:
        """Return what symbols are worth for a purpose by quotes that are known already; nobody is asked."""
        ...

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        """Return the last trades of symbols, of those that can be had."""
        ...


class ReasonStore(Protocol):
    """The reasons of a day's ranking, kept once for all portfolios of an exchange."""

    def save(self, exchange: Exchange, trade_date: date, version: str, reasons: Sequence[Skipped]) -> None:
        """Write the reasons of a version; again the same."""
        ...

    def since(self, trade_date: date, place: SharedSkips) -> Iterator[tuple[int, Skipped]]:
        """Yield the reasons of a place with their numbers, as they are asked for."""
        ...

    def beginnings(self, sessions: Sequence[Session]) -> Mapping[date, tuple[Skipped, ...]]:
        """Return the first reasons that each session shares, at most 100, by trade date. A request per 100."""
        ...


class Rankings(Protocol):
    """The ranking of a day's recommendations, computed once and shared by the portfolios of an exchange."""

    def of(self, exchange: Exchange, trade_date: date, version: str | None) -> Ranking | None:
        """Return the day's ranking, or None if there are no recommendations.

        `version` is the one the work was sent for: a ranking of that version is not read again.
        """
        ...

    def version(self, exchange: Exchange, trade_date: date) -> str | None:
        """Return the version of the day's recommendations, or None if there are none. One request."""
        ...
