"""Restrictions in force: what keeps everybody, people and portfolios from something, with who, why and until when."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from trading.automation.portfolios.models import Portfolio
from trading.automation.rails import rules
from trading.brokerage.halts import BuyRestriction, HaltStrength, TradingHalt
from trading.funding.accounts.models import Pause, TradingAccount
from trading.platform.clock import Clock

BEHIND_ALL = "~"
"""A place that lies behind every other: the second page begins there, where everybody's halt filled the first."""


class Level(StrEnum):
    """Whom a restriction holds."""

    EVERYTHING = "everything"
    PERSON = "person"
    PORTFOLIO = "portfolio"


@dataclass(frozen=True)
class Cause:
    """One thing that restricts: a halt, a pause, a hold or a rail. `set_by` is null where nobody in particular did."""

    kind: str
    since: datetime | None
    reason: str
    set_by: str | None = None
    until: datetime | None = None
    strength: HaltStrength | None = None


@dataclass(frozen=True)
class Restricted:
    """Who or what is restricted, and by what."""

    level: Level
    causes: tuple[Cause, ...]
    profile_id: str | None = None
    portfolio_id: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class RestrictedPage:
    """Some of those that are restricted, and where the next page starts, if there is one."""

    items: tuple[Restricted, ...]
    next_after: str | None


@dataclass(frozen=True)
class RecordPage:
    """Restricted accounts and portfolios, those that were restricted last first, and where the next page starts."""

    records: tuple[TradingAccount | Portfolio, ...]
    next_after: str | None


class RestrictedRecords(Protocol):
    """Accounts and portfolios that are restricted, over everybody."""

    def page(self, *, after: str | None, limit: int) -> RecordPage:
        """Return some of them; so many requests whatever their number. A `limit` of 0 says whether there are any."""
        ...


@dataclass(frozen=True)
class RestrictionReader:
    """Reads what is in force. `load_halt` returns the halt of everybody."""

    records: RestrictedRecords
    load_halt: Callable[[], TradingHalt]
    clock: Clock

    def page(self, *, after: str | None, limit: int) -> RestrictedPage:
        """Return what is restricted: everybody first, then people and portfolios, those restricted last first."""
        first = tuple(everybody(self.load_halt())) if after is None else ()
        found = self.records.page(after=after, limit=limit - len(first))
        now = self.clock.now()
        items = (restricted(record, now) for record in found.records)
        return RestrictedPage((*first, *(item for item in items if item.causes)), found.next_after)


def everybody(halt: TradingHalt) -> Iterator[Restricted]:
    """Yield what operators halted for everybody, if anything."""
    causes = []
    if halt.trading_halted:
        causes.append(Cause("kill_switch", halt.halted_at, halt.reason, halt.changed_by, strength=halt.strength))
    if halt.money_halted:
        causes.append(Cause("money_halt", halt.changed_at, halt.reason, halt.changed_by))
    if causes:
        yield Restricted(Level.EVERYTHING, tuple(causes))


def restricted(record: TradingAccount | Portfolio, now: datetime) -> Restricted:
    """Return what restricts an account or a portfolio at a moment: without causes where nothing does any more."""
    if isinstance(record, Portfolio):
        causes = tuple(_own_blocks(record, now))
        return Restricted(Level.PORTFOLIO, causes, record.key.owner, record.key.portfolio_id, record.name)
    return Restricted(Level.PERSON, tuple(_of_person(record)), record.owner)


def _own_blocks(portfolio: Portfolio, now: datetime) -> Iterator[Cause]:
    asked = {block.identity for block in portfolio.rail_state.blocks}
    for block in rules.blocks_at(portfolio.rails, portfolio.rail_state, now):
        if block.identity in asked:
            yield Cause(block.rail, block.since, block.reason, block.set_by, block.until, block.strength)


def _of_person(account: TradingAccount) -> Iterator[Cause]:
    halt, since = account.halt, account.restricted_since
    if halt is not None:
        yield Cause("kill_switch", halt.since, halt.reason, halt.halted_by, strength=halt.strength)
    for pause in sorted(account.pauses - ({Pause.OPERATOR} if halt else set())):
        yield Cause(pause, since, _WHY[pause])
    if account.restriction is BuyRestriction.NO_NEW_TRADES:
        yield Cause(BuyRestriction.NO_NEW_TRADES, since, "The broker takes no purchases for the account.")
    if account.billing_hold:
        yield Cause(BuyRestriction.BILLING_HOLD, since, "An invoice is not paid.")


_WHY = {
    Pause.OPERATOR: "An operator paused the person.",
    Pause.RETURNED_DEPOSIT: "The bank took back a deposit.",
    Pause.BROKER: "The broker froze the account.",
}
