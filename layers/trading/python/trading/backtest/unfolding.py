"""Unfolding: what happened on a day, applied to the portfolio in memory as the day goes by."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from trading.automation.portfolios.effects import recounted, sold_manually
from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.positions import Change
from trading.automation.rails import rules
from trading.automation.rails.limits import after_sale
from trading.automation.rails.models import RailName
from trading.backtest.happenings import Happenings, Movement, minute_of
from trading.backtest.memory import MemoryPortfolio
from trading.ledger.models import Entry, Kind, LedgerAccount, Line, Trade
from trading.platform.clock import trading_date
from trading.platform.ids import derived_id
from trading.platform.money import amount_cents

FLOWS = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL})
"""What changes how much was paid in; any other movement turns cash into something else, or back."""


@dataclass
class Unfolding:
    """The happenings of a day that are still to come. `moved_cents` is the cash that came so far, less what went."""

    memory: MemoryPortfolio
    happened: Happenings
    moved_cents: int = 0
    is_flattened: bool = False
    _movements: list[Movement] = field(default_factory=list)

    def begin(self) -> None:
        """Have the portfolio know what it knew before the day."""
        portfolio, happened = self.memory.portfolio, self.happened
        state = (happened.rail_state or portfolio.rail_state).without(RailName.OWNER_STOP)
        if happened.is_resumed:
            state = rules.resumed(state)
        self.memory.portfolio = replace(portfolio, rail_state=state)
        self.memory.hold_elsewhere(_known(happened.elsewhere_cents, self.memory.elsewhere_cents))
        self._movements = sorted(happened.movements, key=lambda movement: (movement.at, movement.entry.seq))

    def go_on(self, moment: datetime) -> None:
        """Apply what happened up to a moment."""
        while self._movements and self._movements[0].at <= moment:
            self.moved_cents += _move(self.memory, self._movements.pop(0))
        state = self.memory.portfolio.rail_state
        for stop in self.happened.stops:
            if stop.since <= moment and stop.holds_at(moment):
                state = state.with_block(stop, moment)
        self.memory.portfolio = replace(self.memory.portfolio, rail_state=state)

    def take_flattening(self, moment: datetime) -> datetime | None:
        """Return when people had everything sold, once, if the pass of a moment comes after it."""
        at = self.happened.flattened_at
        if at is None or self.is_flattened or minute_of(at) > moment:
            return None
        self.is_flattened = True
        return at

    def end(self) -> None:
        """Have the portfolio know what its other shares were worth at the close."""
        self.memory.hold_elsewhere(_known(self.happened.elsewhere_at_close_cents, self.memory.elsewhere_cents))


def _move(memory: MemoryPortfolio, movement: Movement) -> int:
    """Apply a movement; return what came from outside, which the sale of a position's shares does not."""
    entry = movement.entry
    if entry.kind is not Kind.SELL or entry.trade is None or not _is_held(memory, entry.trade):
        return _move_cash(memory, entry, movement.at)
    _sell(memory, entry.trade, movement.at)
    return 0


def _move_cash(memory: MemoryPortfolio, entry: Entry, at: datetime) -> int:
    """Move cash as an entry did, as far as there is some: under other settings there may be less."""
    cents = max(entry.on(LedgerAccount.CASH), -memory.portfolio.cash_cents)
    if entry.kind not in FLOWS:
        memory.hold_elsewhere(max(0, memory.elsewhere_cents + _worth_elsewhere(entry, cents)))
    portfolio = memory.portfolio
    if entry.kind in FLOWS:
        portfolio = replace(portfolio, contributed_cents=portfolio.contributed_cents + cents)
    if entry.kind is Kind.SELL:
        portfolio = replace(portfolio, rail_state=after_sale(portfolio.rail_state, trading_date(at), cents))
    if cents:
        memory.post(portfolio, _copied(portfolio, entry, cents, at))
    return cents


def _worth_elsewhere(entry: Entry, cents: int) -> int:
    """Return what other shares and claims are worth more by an entry: a trade turns cash into shares of its worth."""
    if entry.trade is not None:
        return -cents
    return entry.on(LedgerAccount.HOLDINGS) + entry.on(LedgerAccount.RECEIVABLES)


def _copied(portfolio: Portfolio, entry: Entry, cents: int, at: datetime) -> Entry:
    journal, seq = portfolio.key.text, portfolio.journal_seq + 1
    lines = (Line(LedgerAccount.CASH, cents), Line(LedgerAccount.CAPITAL, -cents))
    balance = portfolio.cash_cents + cents
    return Entry(journal, seq, derived_id("entry", journal, str(seq)), entry.kind, at, lines, balance)


def _is_held(memory: MemoryPortfolio, trade: Trade) -> bool:
    return any(position.symbol == trade.symbol for position in memory.state.held)


def _sell(memory: MemoryPortfolio, trade: Trade, at: datetime) -> None:
    """Sell shares of positions as their owner did, as far as they are held."""
    state = memory.state
    shares = min(trade.quantity, memory.portfolio.holdings[trade.symbol].quantity)
    own = replace(trade, quantity=shares, amount_cents=amount_cents(shares, trade.price))
    posting, decisions = sold_manually(state, own, at)
    memory.commit(Change(posting.portfolio, decisions, recounted(state, decisions), entries=(posting.entry,)))


def _known(cents: int | None, otherwise: int) -> int:
    return otherwise if cents is None else cents
