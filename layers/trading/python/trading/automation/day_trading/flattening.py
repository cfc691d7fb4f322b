"""Orders to sell everything that a halt gives: each portfolio under it is marked, and the close of each minute sells.

    halt of a person      the event of the pause reaches each of their portfolios
    halt of everybody     each minute's close finds whoever has anything open, marked or not

A purchase is conditioned on the halt, so what is marked after the halt stays marked for all there is.
"""

from dataclasses import dataclass
from datetime import date

from trading.automation.day_trading.ports import BuyRestrictions, EntryHalt
from trading.automation.portfolios import guards
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.ports import SessionStore
from trading.automation.portfolios.positions import Change
from trading.automation.portfolios.settlement import is_unfinished
from trading.automation.rails.models import RailName
from trading.platform.clock import Clock
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class FlattenService:
    """Marks portfolios to be sold."""

    store: SessionStore
    restrictions: BuyRestrictions
    clock: Clock

    def obey_everybodys(self, key: PortfolioKey, today: date) -> bool:
        """Mark a portfolio if the halt of everybody says so; return whether it was marked now."""
        return self._obey(self.restrictions.of_everybody(), key, today)

    def obey(self, key: PortfolioKey, today: date) -> bool:
        """Mark a portfolio if the halt of its owner or of everybody says so; return whether it was marked now."""
        return self._obey(self.restrictions.of(key.owner), key, today)

    def _obey(self, halt: EntryHalt | None, key: PortfolioKey, today: date) -> bool:
        return halt is not None and halt.is_flattening and self._mark(key, today)

    @retry_on_stale
    def _mark(self, key: PortfolioKey, today: date) -> bool:
        state = self.store.load(key, today)
        if state is None or not any(is_unfinished(position) for position in state.positions):
            return False
        order = state.portfolio.rail_state.flatten
        if order is not None and order.through >= today:
            return False
        self.store.commit(Change(guards.flattened(state.portfolio, RailName.KILL_SWITCH, today, self.clock.now())))
        return True
