"""What a corporate action did to a portfolio, and what a portfolio becomes while it is applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal

from trading.automation.corporate_actions.arithmetic import UNCHANGED, Exchanged, Ratio
from trading.automation.portfolios.models import Holding, Portfolio
from trading.automation.portfolios.positions import PortfolioState, Position
from trading.automation.portfolios.sessions import Session
from trading.automation.portfolios.settlement import tally
from trading.ledger.models import Entry, Kind, LedgerAccount, Line, Trade
from trading.markets.corporate_actions.models import CorporateAction
from trading.platform.clock import NEW_YORK
from trading.platform.ids import derived_id


@dataclass(frozen=True)
class Applied:
    """What an action did to a portfolio: the terms, who was entitled to what, and what came of it.

    `revision` counts how often its terms changed since. `cents` is a dividend's amount, `exchanged` what
    shares became, `paid_cents` what was paid for their fraction.
    """

    action: CorporateAction
    at: datetime
    entitled: Decimal = Decimal(0)
    cost_cents: int = 0
    cents: int = 0
    exchanged: Exchanged | None = None
    paid_cents: int = 0
    revision: int = 0

    @property
    def is_of_nobody(self) -> bool:
        """Say whether nothing came of it, since nothing was held."""
        return not self.entitled


@dataclass(frozen=True)
class Move:
    """A position as it was and as it becomes."""

    before: Position
    after: Position


@dataclass(frozen=True)
class Posting:
    """A journal entry to be: what it records, its lines, and the shares that came or went."""

    kind: Kind
    symbol: str
    lines: tuple[Line, ...] = ()
    quantity: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    cents: int = 0
    shares: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A portfolio while an action is applied: its book as it becomes, with entries and moved positions."""

    state: PortfolioState
    action: CorporateAction
    at: datetime
    entries: tuple[Entry, ...] = ()
    moves: tuple[Move, ...] = ()

    @property
    def portfolio(self) -> Portfolio:
        """Return the portfolio as it becomes."""
        return self.state.portfolio

    def holding(self, symbol: str) -> Holding | None:
        """Return what is held of a symbol."""
        return self.portfolio.holdings.get(symbol)

    def with_portfolio(self, portfolio: Portfolio) -> "Draft":
        """Return the draft with another portfolio."""
        return replace(self, state=replace(self.state, portfolio=portfolio))

    def with_holding(self, holding: Holding) -> "Draft":
        """Return the draft with a holding put in place; without shares there is none."""
        holdings = {**self.portfolio.holdings, holding.symbol: holding}
        if not holding.quantity:
            del holdings[holding.symbol]
        return self.with_portfolio(replace(self.portfolio, holdings=holdings))

    def without_holding(self, symbol: str) -> "Draft":
        """Return the draft without a holding."""
        holdings = {name: holding for name, holding in self.portfolio.holdings.items() if name != symbol}
        return self.with_portfolio(replace(self.portfolio, holdings=holdings))

    def moved(self, move: Move) -> "Draft":
        """Return the draft with a position that became another."""
        positions = tuple(move.after if position == move.before else position for position in self.state.positions)
        closed = int(move.before.is_held and not move.after.is_held)
        portfolio = replace(self.portfolio, open_positions=self.portfolio.open_positions - closed)
        moves = tuple(m for m in self.moves if m.after != move.before)
        origin = next((m.before for m in self.moves if m.after == move.before), move.before)
        after = replace(self, moves=(*moves, Move(origin, move.after)))
        return replace(after, state=replace(self.state, portfolio=portfolio, positions=positions))

    def posted(self, posting: Posting, reference: str | None = None) -> "Draft":
        """Return the draft with one more journal entry."""
        seq = self.portfolio.journal_seq + 1
        cash = self.portfolio.cash_cents + sum(
            line.cents for line in posting.lines if line.account is LedgerAccount.CASH
        )
        state = self.portfolio.key.text
        entry = Entry(
            state,
            seq,
            derived_id("entry", state, str(seq)),
            posting.kind,
            self.at,
            tuple(line for line in posting.lines if line.cents),
            cash,
            Trade(posting.symbol, posting.quantity, posting.price, posting.cents),
            reference or self.action.action_id,
            posting.shares,
        )
        portfolio = replace(self.portfolio, cash_cents=cash, journal_seq=seq, updated_at=self.at)
        return replace(self.with_portfolio(portfolio), entries=(*self.entries, entry))

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Return the sessions of positions that moved, counted anew."""
        days = {move.after.trade_date for move in self.moves}
        return tuple(tally(s, self.state.positions) for s in self.state.sessions if s.trade_date in days)


def starts_at(ex_date: date) -> datetime:
    """Return from when on who buys has no part in an action: midnight in New York."""
    return datetime.combine(ex_date, time(0), NEW_YORK)


def ratio_of(action: CorporateAction) -> Ratio:
    """Return what an action makes of shares: as many as before, if it says nothing of them or is cancelled."""
    terms = action.terms
    return Ratio(terms.old_rate, terms.new_rate) if terms.old_rate and terms.new_rate else UNCHANGED
