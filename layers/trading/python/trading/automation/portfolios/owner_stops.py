"""Owners' stops: "stop after today", "buy nothing", "sell now", until a moment or until the owner goes on.

The stop is written with the portfolio's next version, which every entry is conditioned on: what reads the
portfolio afterwards sees it, and what read it before writes nothing any more. Nothing is cancelled for it
ahead of its time, but by an order to sell everything: a stop that ends before the open costs no entry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.automation.portfolios import block_events, guards
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.ports import SessionStore
from trading.automation.portfolios.positions import Change, PortfolioState
from trading.automation.portfolios.settlement import is_unfinished
from trading.automation.rails import rules
from trading.automation.rails.halts import owner_stop, strength_of
from trading.automation.rails.models import Block, RailName
from trading.brokerage.halts import HaltStrength
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import FieldProblem, InvalidRequest, NotFound
from trading.platform.retry import retry_on_stale

MAX_STOP = timedelta(days=366)
RESUMABLE = frozenset({RailName.OWNER_STOP, RailName.DRAWDOWN, RailName.RATE})
"""The rails whose blocks last until the owner goes on."""


@dataclass(frozen=True)
class OwnerStopService:
    """Stops portfolios and lets them go on. `load_halts` returns what operators halted for a person or everybody."""

    store: SessionStore
    load_halts: Callable[[str], Sequence[Block]]
    clock: Clock

    @retry_on_stale
    def stop(self, key: PortfolioKey, strength: HaltStrength, until: datetime | None = None) -> Portfolio:
        """Stop a portfolio in a strength, in place of the stop before; the same again changes nothing.

        Raises:
            NotFound: if there is no such portfolio of the owner.
            InvalidRequest: if `until` is past, or more than a year ahead.
        """
        now = self.clock.now()
        _require_ahead(until, now)
        state = self._state(key, now)
        block = owner_stop(strength, now, until)
        before = _stop_of(state.portfolio, now)
        if before is not None and replace(block, since=before.since) == before and not self._lacks_order(state, before):
            return state.portfolio
        stopped = replace(state.portfolio, rail_state=state.portfolio.rail_state.with_block(block, now))
        portfolio = self._ordered(replace(state, portfolio=stopped), strength, now)
        events = block_events.blocked(portfolio, (block,))
        lifted = (before.ended(now),) if before is not None else ()
        change = Change(replace(portfolio, updated_at=now), events=events, blocks=(block,), lifted=lifted)
        return self.store.commit(change)

    @retry_on_stale
    def resume(self, key: PortfolioKey) -> Portfolio:
        """Let a portfolio go on: its owner's stop ends, and a drawdown's block, whose peak begins anew.

        What operators halted stays halted, and so does a day's loss. What was not sold yet of "sell now" is kept.

        Raises:
            NotFound: if there is no such portfolio of the owner.
        """
        now = self.clock.now()
        state = self._state(key, now)
        blocks = state.portfolio.rail_state.blocks
        lifted = tuple(block.ended(now) for block in blocks if block.rail in RESUMABLE and block.holds_at(now))
        if not lifted:
            return state.portfolio
        rail_state = state.portfolio.rail_state.lifted(now, *RESUMABLE)
        if any(block.rail is RailName.DRAWDOWN for block in lifted):
            rail_state = rules.resumed(rail_state)
        resumed = replace(state.portfolio, rail_state=rail_state, updated_at=now)
        return self.store.commit(Change(self._without_order(resumed), lifted=lifted))

    def _state(self, key: PortfolioKey, now: datetime) -> PortfolioState:
        state = self.store.load(key, trading_date(now))
        if state is None:
            raise NotFound("There is no such portfolio.")
        return state

    def _ordered(self, state: PortfolioState, strength: HaltStrength, now: datetime) -> Portfolio:
        """Return the portfolio with the order to sell everything, or without that of the stop before."""
        if strength is not HaltStrength.FLATTEN:
            return self._without_order(state.portfolio)
        if not any(is_unfinished(position) for position in state.positions):
            return state.portfolio
        return guards.flattened(state.portfolio, RailName.OWNER_STOP, trading_date(now), now)

    def _lacks_order(self, state: PortfolioState, stop: Block) -> bool:
        is_open = any(is_unfinished(position) for position in state.positions)
        return stop.strength is HaltStrength.FLATTEN and is_open and state.portfolio.rail_state.flatten is None

    def _without_order(self, portfolio: Portfolio) -> Portfolio:
        order = portfolio.rail_state.flatten
        if order is None or order.rail is not RailName.OWNER_STOP:
            return portfolio
        if strength_of(self.load_halts(portfolio.key.owner), self.clock.now()) is HaltStrength.FLATTEN:
            return portfolio
        return replace(portfolio, rail_state=replace(portfolio.rail_state, flatten=None))


def _stop_of(portfolio: Portfolio, now: datetime) -> Block | None:
    found = (block for block in portfolio.rail_state.blocks if block.rail is RailName.OWNER_STOP)
    return next((block for block in found if block.holds_at(now)), None)


def _require_ahead(until: datetime | None, now: datetime) -> None:
    if until is not None and not now < until <= now + MAX_STOP:
        raise InvalidRequest(problems=(FieldProblem("until", "must be ahead, by a year at most"),))
