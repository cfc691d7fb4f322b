"""What the tables keep of a portfolio's trading days, read for a replay."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.ports import Journal, PortfolioStore, SessionStore
from trading.automation.portfolios.positions import Position
from trading.automation.portfolios.sessions import Session
from trading.backtest.live_days import LiveDays
from trading.platform.clock import trading_date

PAGE = 500
MAX_SESSIONS = 90
"""Sixty that are replayed, and those before them that rails remember."""


@dataclass(frozen=True)
class StoredRecords:
    """Reads sessions, positions, journal and snapshots from the stores of the live portfolio."""

    session_store: SessionStore
    portfolio_store: PortfolioStore
    journal: Journal

    def sessions(self, key: PortfolioKey) -> tuple[Session, ...]:
        """Return the last sessions, oldest first: those that may be replayed, and some before them. One request."""
        page = self.session_store.sessions(key, day=None, after=None, limit=MAX_SESSIONS)
        return tuple(sorted(page.items, key=lambda session: session.trade_date))

    def since(self, portfolio: Portfolio, first: date, sessions: tuple[Session, ...], remembered: date) -> LiveDays:
        """Return what is kept since the `remembered` day, of sessions of which the `first` one begins."""
        begun = min(session.opening.seq for session in sessions if session.trade_date >= min(remembered, first))
        return LiveDays(
            portfolio,
            first,
            sessions,
            positions=tuple(self._positions(portfolio.key, remembered)),
            entries=self.journal.since(portfolio.key.text, begun),
            snapshots=self.portfolio_store.snapshots_between(
                portfolio.key, trading_date(portfolio.created_at), date.max
            ),
        )

    def _positions(self, key: PortfolioKey, since: date) -> Iterator[Position]:
        after: str | None = None
        while True:
            page = self.session_store.positions(key, day=None, after=after, limit=PAGE)
            yield from (position for position in page.items if position.trade_date >= since)
            after = page.next_after
            if after is None or page.items[-1].trade_date < since:
                return
