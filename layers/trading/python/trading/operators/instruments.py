"""Instruments that operators register, move, rename, activate or deactivate; each change leaves an audit record.

    register     a row of the registry; so the registry is filled where nothing else fills it
    deactivate   nobody buys it any more: what waits to be bought is cancelled, what is held may be sold
    move         it is active on its new exchange alone; who holds it on the old one sells it there
    rename       a corporate action of the day, on every exchange in whose currency it trades

The registry, the action on file and the audit record are one transaction. What follows is found anew by
the job of corporate actions, should it not happen here: signals of the day, portfolios, cached prices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from trading.markets.corporate_actions.models import BY_OPERATOR, ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange, Instrument
from trading.platform.audit import Audit
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest, NotFound


@dataclass(frozen=True)
class InstrumentChange:
    """What an operator wants an instrument to be; without an exchange it stays on its own."""

    exchange: Exchange | None = None
    active: bool = True
    new_symbol: str | None = None


class Registry(Protocol):
    """The registry of instruments, as operators change it."""

    def find(self, exchange: Exchange, symbol: str) -> Instrument | None:
        """Return an instrument of an exchange, active or not."""
        ...

    def put(
        self, instruments: Sequence[Instrument], actions: Sequence[CorporateAction], audit: Audit, at: datetime
    ) -> None:
        """Write instruments, file actions and record why, in one transaction."""
        ...


class Signals(Protocol):
    """The recommendations of a day."""

    def rename(self, exchange: Exchange, day: date, *, old: str, new: str) -> None:
        """Have the day's recommendation of a symbol go by another."""
        ...

    def move(self, symbol: str, day: date, *, old: Exchange, new: Exchange) -> None:
        """Have the day's recommendation of a symbol stand on another exchange."""
        ...


Apply = Callable[[Sequence[CorporateAction]], int]
"""Has actions applied to whoever they concern; returns how many portfolios that are."""

Forget = Callable[[Sequence[Instrument]], object]
"""Drops the shared prices of instruments."""


@dataclass(frozen=True)
class InstrumentService:
    """Changes instruments."""

    registry: Registry
    signals: Signals
    apply: Apply
    forget: Forget
    clock: Clock

    def change(self, symbol: str, wanted: InstrumentChange, audit: Audit) -> tuple[Instrument, int]:
        """Have an instrument be as wanted; return it, and how many portfolios that concerns.

        The same change again does what is left of it to do.

        Raises:
            NotFound: if a symbol that is not known is to be renamed.
            InvalidRequest: if the exchange of a new symbol is missing, or a renaming does more than that.
            Conflict: `symbol_taken` if an active instrument goes by the new symbol already.
        """
        now = self.clock.now()
        known = [found for exchange in Exchange if (found := self.registry.find(exchange, symbol))]
        before = _before(known, wanted.exchange)
        exchange = _exchange(before, wanted)
        siblings = [i for i in known if i.exchange.currency == exchange.currency]
        after = Instrument(wanted.new_symbol or symbol, exchange, wanted.active)
        self._require_sound(symbol, siblings, after)
        old = [replace(i, active=False) for i in siblings if (i.exchange, symbol) != (exchange, after.symbol)]
        actions = list(_actions(symbol, siblings, after, trading_date(now)))
        filed = [action for action in actions if action.kind is ActionKind.SYMBOL_CHANGE]
        self.registry.put((*old, *self._find_unregistered(siblings, after), after), filed, audit, now)
        self._move_signals(symbol, siblings, after, trading_date(now))
        self.forget((*known, after))
        return after, self.apply(actions)

    def _require_sound(self, symbol: str, siblings: Sequence[Instrument], after: Instrument) -> None:
        if after.symbol == symbol:
            return
        if not siblings:
            raise NotFound("There is no such symbol.")
        if not after.active or after.exchange not in {instrument.exchange for instrument in siblings}:
            raise InvalidRequest(problems=(FieldProblem("new_symbol", "One change at a time: move, then rename."),))
        taken = self.registry.find(after.exchange, after.symbol)
        was_active = any(instrument.active for instrument in siblings)
        if taken is not None and taken.active and was_active:
            raise Conflict(f"{after.symbol} is another instrument.", code="symbol_taken")

    def _find_unregistered(self, siblings: Sequence[Instrument], after: Instrument) -> Sequence[Instrument]:
        """Return what registers a new symbol on exchanges that the old one left: who holds it there may sell it."""
        left = [replace(after, exchange=i.exchange, active=False) for i in siblings if i.exchange is not after.exchange]
        return [instrument for instrument in left if self.registry.find(instrument.exchange, after.symbol) is None]

    def _move_signals(self, symbol: str, siblings: Sequence[Instrument], after: Instrument, day: date) -> None:
        for instrument in siblings:
            if instrument.exchange is not after.exchange:
                self.signals.move(symbol, day, old=instrument.exchange, new=after.exchange)
        if after.symbol != symbol:
            self.signals.rename(after.exchange, day, old=symbol, new=after.symbol)


def _before(known: Sequence[Instrument], wanted: Exchange | None) -> Instrument | None:
    """Return the instrument that is meant: of several the active one, of the wanted exchange first."""
    ranked = sorted(known, key=lambda i: (i.exchange is not wanted, not i.active))
    if wanted is None and len({i.exchange.currency for i in known}) > 1:
        raise InvalidRequest(problems=(FieldProblem("exchange", "The symbol is known in several currencies."),))
    return ranked[0] if ranked else None


def _exchange(before: Instrument | None, wanted: InstrumentChange) -> Exchange:
    exchange = wanted.exchange or (before.exchange if before else None)
    if exchange is None:
        raise InvalidRequest(problems=(FieldProblem("exchange", "A new symbol needs its exchange."),))
    return exchange


def _actions(symbol: str, siblings: Sequence[Instrument], after: Instrument, today: date) -> Sequence[CorporateAction]:
    """Return what becomes of portfolios: positions follow a new symbol, entries end where nobody may buy."""
    terms = Terms(new_symbol=after.symbol)
    if after.symbol != symbol:
        # Who held it before it moved from another exchange holds it there still.
        kind = ActionKind.SYMBOL_CHANGE
    else:
        kind, terms = ActionKind.SUSPENSION, Terms()
    return [
        CorporateAction(kind, instrument.exchange, symbol, today, terms, BY_OPERATOR)
        for instrument in siblings
        if kind is ActionKind.SYMBOL_CHANGE or not after.active or instrument.exchange is not after.exchange
    ]
