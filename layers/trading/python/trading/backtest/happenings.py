"""Happenings: what happened on a day whatever the settings were. No I/O, no clock.

Money that its owner moved, shares that they traded, what people stopped, what an outage left out: a replay under
other settings meets the same, and one under the same settings comes to what happened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.day_trading.ports import BrokerOrder, EntryHalt, Fill, Side
from trading.automation.portfolios.sessions import Skip
from trading.automation.rails.models import Block, RailState
from trading.ledger.models import Entry
from trading.markets.models import Exchange, Quote
from trading.platform.money import amount_cents


class NotReplayed(StrEnum):
    """Why a day of a replay was not traded, whatever the settings.

    `missed`: an outage kept automation from planning it in time. `not_traded`: the portfolio did not trade by itself
    on it. `no_recommendations`: none are kept of it. `no_prices`: there is neither a tape nor a bar of any candidate.
    """

    MISSED = "missed"
    NOT_TRADED = "not_traded"
    NO_RECOMMENDATIONS = "no_recommendations"
    NO_PRICES = "no_prices"


@dataclass(frozen=True)
class Movement:
    """Cash that came or went without automation, from a moment on, with the journal entry that says so."""

    at: datetime
    entry: Entry


@dataclass(frozen=True)
class Halt:
    """Entries that people or an outage kept from being made from a moment on, and why."""

    at: datetime
    skip: Skip

    def holds_at(self, moment: datetime) -> bool:
        """Say whether the pass of a moment found it: workers of a pass act within its minute."""
        return minute_of(self.at) <= moment


@dataclass(frozen=True)
class RecordedFill:
    """What the market gave for a share at a moment of which there is no tape."""

    at: datetime
    price: Decimal


@dataclass(frozen=True)
class Happenings:
    """What happened on a day.

    `elsewhere_cents` is what shares are worth that automation does not own, before the open;
    `elsewhere_at_close_cents` at the close; None keeps what it was. `rail_state` is what the rails knew before
    it, where it is the first day; `is_resumed` says that the owner ended a drawdown before it. `flattened_at` is
    when people had all sold; `fills` is what was sold at a moment of which there is no tape.
    """

    movements: tuple[Movement, ...] = ()
    stops: tuple[Block, ...] = ()
    halt: Halt | None = None
    flattened_at: datetime | None = None
    fills: Mapping[str, RecordedFill] = field(default_factory=dict)
    elsewhere_cents: int | None = None
    elsewhere_at_close_cents: int | None = None
    rail_state: RailState | None = None
    is_resumed: bool = False
    not_replayed: NotReplayed | None = None


NOTHING = Happenings()


@dataclass(frozen=True)
class RestrictionsAt:
    """What keeps everybody from buying at a moment of a day."""

    happened: Happenings
    moment: datetime

    def of_everybody(self) -> EntryHalt | None:
        """Return what was stopped by the moment."""
        halt = self.happened.halt
        return EntryHalt(halt.skip) if halt is not None and halt.holds_at(self.moment) else None

    def of(self, owner: str) -> EntryHalt | None:
        """Return the same: there is one person."""
        del owner
        return self.of_everybody()


@dataclass(frozen=True)
class RecordingBroker(PaperBroker):
    """The paper broker, which sells at recorded fills where there are some."""

    fills: Mapping[str, RecordedFill] = field(default_factory=dict)

    def execute(self, order: BrokerOrder) -> Fill:
        """Fill an order at what the market gave then, else at its price."""
        recorded = self.fills.get(order.symbol)
        if recorded is None or order.side is not Side.SELL:
            return super().execute(order)
        amount = amount_cents(order.quantity, recorded.price)
        return Fill(recorded.price, order.quantity, amount, self._commission_cents(order.quantity, amount))


def minute_of(moment: datetime) -> datetime:
    """Return the minute that a moment lies in."""
    return moment.replace(second=0, microsecond=0)


def quotes_of(fills: Mapping[str, RecordedFill], exchange: Exchange, moment: datetime) -> Iterator[Quote]:
    """Yield quotes that are believed at a moment, for what was sold at recorded fills."""
    for symbol, fill in fills.items():
        yield Quote(exchange, symbol, fill.price, fill.price, moment)


def sold_between(happened: Happenings, first: datetime, until: datetime | None) -> Mapping[str, RecordedFill]:
    """Return the recorded fills from a moment on, before another one."""
    return {
        symbol: fill
        for symbol, fill in happened.fills.items()
        if first <= minute_of(fill.at) and (until is None or minute_of(fill.at) < until)
    }
