"""Portfolios: settings, cash, holdings and what they are worth.

A portfolio is frozen. Each movement of money returns a `Posting`: the portfolio after it and the
journal entry that says so, to be written in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from trading.automation.portfolios.claims import Claim
from trading.automation.rails.limits import after_sale
from trading.automation.rails.models import RailSettings, RailState
from trading.ledger.models import Entry, Kind, LedgerAccount, Line, Trade
from trading.markets.models import Exchange
from trading.platform.clock import trading_date
from trading.platform.errors import Conflict
from trading.platform.ids import derived_id
from trading.platform.money import amount_cents


@dataclass(frozen=True)
class DayTradingSettings:
    """How a portfolio trades by itself: shares of 1, but for the count of recommendations."""

    max_position_percent: Decimal = Decimal("0.25")
    per_trade_risk_fraction: Decimal = Decimal("0.020")
    max_recommendations: int = 50
    allow_fractional_shares: bool = False


MAX_HOLDINGS = 500
"""How many symbols a portfolio may hold. Its item has room for them, and for two claims of each, and to spare."""


@dataclass(frozen=True)
class Holding:
    """Shares of one symbol: what they cost in all, and the last real price with its moment.

    `in_positions` of the shares belong to open day-trading positions; the rest was bought manually.
    `adjusted_at` is when the company last exchanged the shares: closes of before are of other shares.
    """

    symbol: str
    quantity: Decimal
    cost_cents: int
    last_price: Decimal
    price_at: datetime
    in_positions: Decimal = Decimal(0)
    adjusted_at: datetime | None = None

    @property
    def manual_quantity(self) -> Decimal:
        """Return how many of the shares no position owns."""
        return self.quantity - self.in_positions

    @property
    def value_cents(self) -> int:
        """Return what the shares are worth at the last price."""
        return amount_cents(self.quantity, self.last_price)

    def priced_by(self, trade: Trade, at: datetime) -> "Holding":
        """Return the holding with the price of a trade as its last.

        A price that the owner gave is none of the shares that day trading holds: their loss is the market's.
        """
        if trade.trade_date is None and self.in_positions:
            return self
        return replace(self, last_price=trade.price, price_at=trade.price_at or at)

    def cost_of(self, quantity: Decimal) -> int:
        """Return the cost of a part of the shares at average cost; all of them carry all of it."""
        if quantity == self.quantity:
            return self.cost_cents
        share = Decimal(self.cost_cents) * quantity / self.quantity
        return int(share.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


class Task(StrEnum):
    """What a portfolio needs a worker for."""

    ENTER = "enter"
    CLOSE = "close"


@dataclass(frozen=True)
class DueMarks:
    """From when on each task of a trading day may be done; one says nothing about the other.

    None is set where nothing is to be done. The close is marked with the plan, so that nothing that
    happens or fails to happen afterwards can leave a position without it.
    """

    enter_at: datetime | None = None
    close_at: datetime | None = None

    def closing_by(self, moment: datetime) -> "DueMarks":
        """Return the marks with a close that is due at a moment, or earlier if it was."""
        return replace(self, close_at=min(moment, self.close_at or moment))


@dataclass(frozen=True)
class PortfolioKey:
    """Names one portfolio together with its owner, so that nobody else's is ever found."""

    owner: str
    portfolio_id: int

    @property
    def text(self) -> str:
        """Return the key as one string: the partition of all that belongs to the portfolio."""
        return f"{self.owner}#{self.portfolio_id}"

    @classmethod
    def parse(cls, text: str) -> "PortfolioKey":
        """Read a key's one-string form."""
        owner, _, portfolio_id = text.rpartition("#")
        return cls(owner, int(portfolio_id))


@dataclass(frozen=True)
class Portfolio:
    """A portfolio with its own paper cash. Amounts are cents of `exchange.currency`.

    `contributed_cents` is deposits less withdrawals, `realised_cents` what sales brought beyond the cost
    of what was sold, less the commissions of all trades. `unsettled_since` is the trade date of the
    oldest session that is not proven flat yet. `rails` are settings, `rail_state` is what they know and block.
    """

    key: PortfolioKey
    name: str
    description: str | None
    exchange: Exchange
    is_automated: bool
    settings: DayTradingSettings
    created_at: datetime
    updated_at: datetime
    cash_cents: int = 0
    contributed_cents: int = 0
    realised_cents: int = 0
    holdings: Mapping[str, Holding] = field(default_factory=dict)
    open_positions: int = 0
    journal_seq: int = 0
    version: int = 0
    due: DueMarks = field(default_factory=DueMarks)
    unsettled_since: date | None = None
    deleted_at: datetime | None = None
    claims: Mapping[str, Claim] = field(default_factory=dict)
    rails: RailSettings = field(default_factory=RailSettings)
    rail_state: RailState = field(default_factory=RailState)

    @property
    def holdings_value_cents(self) -> int:
        """Return what all holdings are worth at their last prices."""
        return sum(holding.value_cents for holding in self.holdings.values())

    @property
    def value_cents(self) -> int:
        """Return cash, holdings and what companies owe together."""
        return self.cash_cents + self.holdings_value_cents + sum(claim.cents for claim in self.claims.values())

    @property
    def price_at(self) -> datetime | None:
        """Return the moment of the oldest price among the holdings', None where nothing is held."""
        return min((holding.price_at for holding in self.holdings.values()), default=None)

    @property
    def gain_cents(self) -> int:
        """Return the gain, realised and not, against the net contributed capital."""
        return self.value_cents - self.contributed_cents

    def has_room_for(self, symbol: str) -> bool:
        """Say whether a purchase of a symbol keeps to the number of holdings that a portfolio may have."""
        return symbol in self.holdings or len(self.holdings) < MAX_HOLDINGS

    def deposited(self, cents: int, at: datetime, entry_id: str | None = None) -> "Posting":
        """Return the posting of money coming in."""
        after = replace(self, contributed_cents=self.contributed_cents + cents)
        return _post(
            after, Kind.DEPOSIT, at, (Line(LedgerAccount.CASH, cents), Line(LedgerAccount.CAPITAL, -cents)), entry_id
        )

    def withdrawn(self, cents: int, at: datetime, entry_id: str | None = None) -> "Posting":
        """Return the posting of money going out.

        Raises:
            Conflict: `insufficient_funds` if there is less cash.
        """
        self._require_cash(cents)
        after = replace(self, contributed_cents=self.contributed_cents - cents)
        return _post(
            after, Kind.WITHDRAWAL, at, (Line(LedgerAccount.CASH, -cents), Line(LedgerAccount.CAPITAL, cents)), entry_id
        )

    def bought(self, trade: Trade, at: datetime, entry_id: str | None = None) -> "Posting":
        """Return the posting of a purchase, which a position owns if the trade has a trade date.

        Raises:
            Conflict: `insufficient_funds` if the cash does not pay amount and commission;
                `too_many_holdings` for a symbol beyond those that a portfolio may hold.
        """
        if not self.has_room_for(trade.symbol):
            raise Conflict(f"A portfolio holds {MAX_HOLDINGS} symbols at most.", code="too_many_holdings")
        total = trade.amount_cents + trade.commission_cents
        self._require_cash(total)
        lines = (
            Line(LedgerAccount.HOLDINGS, trade.amount_cents),
            Line(LedgerAccount.COMMISSION, trade.commission_cents),
            Line(LedgerAccount.CASH, -total),
        )
        old = self.holdings.get(trade.symbol) or Holding(trade.symbol, Decimal(0), 0, trade.price, at)
        new = replace(
            old.priced_by(trade, at),
            quantity=old.quantity + trade.quantity,
            cost_cents=old.cost_cents + trade.amount_cents,
            in_positions=old.in_positions + (trade.quantity if trade.trade_date else Decimal(0)),
        )
        realised = self.realised_cents - trade.commission_cents
        after = replace(self, holdings={**self.holdings, trade.symbol: new}, realised_cents=realised)
        return _post(after, Kind.BUY, at, lines, entry_id, trade)

    def sold(
        self, trade: Trade, at: datetime, *, from_positions: Decimal | None = None, entry_id: str | None = None
    ) -> "Posting":
        """Return the posting of a sale at average cost.

        `from_positions` says how many of the shares belong to positions; by default all of them if
        the trade has a trade date, else none.

        Raises:
            Conflict: `insufficient_holdings` if fewer shares are held.
        """
        old = self.holdings.get(trade.symbol)
        if old is None or old.quantity < trade.quantity:
            held = old.quantity if old else Decimal(0)
            raise Conflict(f"{held} shares of {trade.symbol} are held.", code="insufficient_holdings")
        cost = old.cost_of(trade.quantity)
        abandoned = (
            from_positions if from_positions is not None else (trade.quantity if trade.trade_date else Decimal(0))
        )
        new = replace(
            old.priced_by(trade, at),
            quantity=old.quantity - trade.quantity,
            cost_cents=old.cost_cents - cost,
            in_positions=old.in_positions - abandoned,
        )
        holdings = {**self.holdings, trade.symbol: new}
        if not new.quantity:
            del holdings[trade.symbol]
        realised = self.realised_cents + trade.amount_cents - trade.commission_cents - cost
        net = trade.amount_cents - trade.commission_cents
        after = replace(
            self,
            holdings=holdings,
            realised_cents=realised,
            rail_state=after_sale(self.rail_state, trading_date(at), net),
        )
        return _post(after, Kind.SELL, at, _sale_lines(trade, cost), entry_id, trade)

    def _require_cash(self, cents: int) -> None:
        if cents > self.cash_cents:
            raise Conflict("There is not enough cash for this.", code="insufficient_funds")


@dataclass(frozen=True)
class Posting:
    """A portfolio after one movement, and the journal entry of the movement."""

    portfolio: Portfolio
    entry: Entry


def _sale_lines(trade: Trade, cost_cents: int) -> tuple[Line, ...]:
    return (
        Line(LedgerAccount.CASH, trade.amount_cents - trade.commission_cents),
        Line(LedgerAccount.COMMISSION, trade.commission_cents),
        Line(LedgerAccount.HOLDINGS, -cost_cents),
        Line(LedgerAccount.GAINS, cost_cents - trade.amount_cents),
    )


def _post(  # noqa: PLR0913, PLR0917 - the parts of one journal entry
    portfolio: Portfolio,
    kind: Kind,
    at: datetime,
    lines: tuple[Line, ...],
    entry_id: str | None,
    trade: Trade | None = None,
) -> Posting:
    seq = portfolio.journal_seq + 1
    cash = portfolio.cash_cents + sum(line.cents for line in lines if line.account is LedgerAccount.CASH)
    after = replace(portfolio, cash_cents=cash, journal_seq=seq, updated_at=at)
    state = portfolio.key.text
    entry = Entry(state, seq, entry_id or derived_id("entry", state, str(seq)), kind, at, lines, cash, trade)
    return Posting(after, entry)
