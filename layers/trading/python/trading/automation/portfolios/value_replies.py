"""Replies that show what portfolios are worth."""

from datetime import date
from typing import Self

from trading.automation.portfolios.models import Holding
from trading.automation.portfolios.performance import Performance
from trading.automation.portfolios.ports import Snapshot
from trading.automation.portfolios.summary import CurrencyTotals
from trading.platform.fields import Dollars, Moment, Number, Reply
from trading.platform.money import percent, round_price, to_dollars


class CurrencySummary(Reply):
    """Totals over the portfolios of one currency."""

    currency: str
    portfolios: int
    total_current_value: Dollars
    total_invested: Dollars
    total_gain_loss: Dollars
    total_gain_loss_percent: Number
    automated_pnl_today: Dollars

    @classmethod
    def of(cls, currency: str, totals: CurrencyTotals) -> "CurrencySummary":
        """Return the reply that shows a currency's totals."""
        return cls(
            currency=currency,
            portfolios=totals.portfolios,
            total_current_value=to_dollars(totals.value_cents),
            total_invested=to_dollars(totals.contributed_cents),
            total_gain_loss=to_dollars(totals.gain_cents),
            total_gain_loss_percent=percent(totals.gain_cents, totals.contributed_cents),
            automated_pnl_today=to_dollars(totals.pnl_today_cents),
        )


class PortfolioSummary(Reply):
    """Counts over everything, totals per currency."""

    total_portfolios: int
    automated_portfolios: int
    manual_portfolios: int
    total_holdings: int
    totals: list[CurrencySummary]


class HoldingReply(Reply):
    """Shares of one symbol; `in_positions` of them belong to open day-trading positions."""

    symbol: str
    quantity: Number
    in_positions: Number
    average_cost: Number
    cost_basis: Dollars
    current_price: Number
    price_at: Moment
    current_value: Dollars
    gain_loss: Dollars
    gain_loss_percent: Number

    @classmethod
    def of(cls, holding: Holding) -> "HoldingReply":
        """Return the reply that shows a holding; average cost follows from the total cost."""
        gain = holding.value_cents - holding.cost_cents
        return cls(
            symbol=holding.symbol,
            quantity=holding.quantity,
            in_positions=holding.in_positions,
            average_cost=round_price(to_dollars(holding.cost_cents) / holding.quantity),
            cost_basis=to_dollars(holding.cost_cents),
            current_price=holding.last_price,
            price_at=holding.price_at,
            current_value=to_dollars(holding.value_cents),
            gain_loss=to_dollars(gain),
            gain_loss_percent=percent(gain, holding.cost_cents),
        )


class HoldingList(Reply):
    """All holdings."""

    items: list[HoldingReply]
    next_cursor: None = None


class PricedShare(Reply):
    """The price that a holding was valued at, and the moment it is from."""

    symbol: str
    price: Number
    price_at: Moment


class SnapshotReply(Reply):
    """A day's value at the official closes. `price_at` is the oldest price's moment.

    `total_invested` is the net contributed capital; `missing_closes` names the symbols that are valued at
    their last price, because their close never came.
    """

    date: date
    total_value: Dollars
    total_invested: Dollars
    gain_loss: Dollars
    gain_loss_percent: Number
    price_at: Moment | None
    prices: list[PricedShare]
    missing_closes: list[str]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "SnapshotReply":
        """Return the reply that shows a snapshot."""
        return cls(
            date=snapshot.day,
            total_value=to_dollars(snapshot.total_value_cents),
            total_invested=to_dollars(snapshot.total_invested_cents),
            gain_loss=to_dollars(snapshot.gain_loss_cents),
            gain_loss_percent=snapshot.gain_loss_percent,
            price_at=min((price.price_at for price in snapshot.prices), default=None),
            prices=[
                PricedShare(symbol=price.symbol, price=price.price, price_at=price.price_at)
                for price in snapshot.prices
            ],
            missing_closes=list(snapshot.missing_closes),
        )


class SnapshotList(Reply):
    """A page of snapshots."""

    items: list[SnapshotReply]
    next_cursor: str | None


class PerformancePoint(Reply):
    """A day of the curve: the value at its close, what was paid in until then, and the return of the span so far."""

    date: date
    total_value: Dollars
    total_invested: Dollars
    time_weighted_return: Number


class PerformanceReply(Reply):
    """What a portfolio earned, whatever was paid in or out. Returns are shares: 0.01 is one percent.

    `volatility`, `sharpe` and `sortino` are yearly, without a risk-free rate; `beta` is that to `index`, the index
    of the portfolio's exchange. A figure of fewer than 20 days is null, and so is one that is not defined.
    """

    curve: list[PerformancePoint]
    volatility: Number | None
    sharpe: Number | None
    sortino: Number | None
    max_drawdown: Number | None
    beta: Number | None
    time_weighted_return: Number | None
    index: str | None

    @classmethod
    def of(cls, found: Performance) -> Self:
        """Return the reply that shows a performance."""
        return cls(
            curve=[
                PerformancePoint(
                    date=snapshot.day,
                    total_value=to_dollars(snapshot.total_value_cents),
                    total_invested=to_dollars(snapshot.total_invested_cents),
                    time_weighted_return=growth,
                )
                for snapshot, growth in found.growth
            ],
            volatility=found.volatility,
            sharpe=found.sharpe,
            sortino=found.sortino,
            max_drawdown=found.max_drawdown,
            beta=found.beta,
            time_weighted_return=found.time_weighted_return,
            index=found.index_symbol,
        )
