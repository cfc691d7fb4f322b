"""What the routes of holdings answer."""

from datetime import date

from trading.managed.holdings.gains import Gains
from trading.managed.holdings.service import FundHolding, Holdings
from trading.managed.models import CorporateAction, DayMark, ManagedPortfolio
from trading.platform.fields import Moment, Number, Reply


class GainsReply(Reply):
    """Gains in cents and as rates; `yearly_rate` is money-weighted (XIRR), null under a year."""

    day_cents: int
    day_rate: Number | None
    total_cents: int
    total_rate: Number | None
    yearly_rate: Number | None

    @classmethod
    def of(cls, gains: Gains) -> "GainsReply":
        """Return gains as answers show them."""
        return cls(
            day_cents=gains.day_cents,
            day_rate=gains.day_rate,
            total_cents=gains.total_cents,
            total_rate=gains.total_rate,
            yearly_rate=gains.yearly_rate,
        )


class SymbolReply(Reply):
    """A symbol in a fund."""

    symbol: str
    target_weight: Number
    actual_weight: Number
    value_cents: int


class FundReply(Reply):
    """A collection that is held, or not."""

    collection_id: str
    value_cents: int
    weight_in_portfolio: Number
    weights: list[SymbolReply]
    gains: GainsReply

    @classmethod
    def of(cls, fund: FundHolding) -> "FundReply":
        """Return a fund as answers show it."""
        return cls(
            collection_id=fund.collection_id,
            value_cents=fund.cents,
            weight_in_portfolio=fund.weight,
            weights=[
                SymbolReply(
                    symbol=symbol.symbol,
                    target_weight=symbol.target_weight,
                    actual_weight=symbol.actual_weight,
                    value_cents=symbol.cents,
                )
                for symbol in fund.symbols
            ],
            gains=GainsReply.of(fund.gains),
        )


class ActionReply(Reply):
    """A dividend, spin-off or merger."""

    kind: str
    symbol: str
    amount_cents: int
    quantity: str
    new_symbol: str | None
    at: Moment

    @classmethod
    def of(cls, action: CorporateAction) -> "ActionReply":
        """Return a corporate action as answers show it."""
        return cls(
            kind=action.kind,
            symbol=action.symbol,
            amount_cents=action.cents,
            quantity=str(action.quantity),
            new_symbol=action.new_symbol,
            at=action.at,
        )


class ManagedPortfolioReply(Reply):
    """Everything that an account holds, as it was seen at `as_of`."""

    trading_account_id: str
    equity_cents: int
    cash_cents: int
    cash_weight: Number
    funds: list[FundReply]
    gains: GainsReply
    corporate_actions: list[ActionReply]
    is_rebalancing: bool
    last_rebalance_at: Moment | None
    next_rebalance_at: Moment | None
    as_of: Moment

    @classmethod
    def of(cls, holdings: Holdings) -> "ManagedPortfolioReply":
        """Return holdings as answers show them."""
        portfolio: ManagedPortfolio = holdings.portfolio
        return cls(
            trading_account_id=portfolio.account_id,
            equity_cents=holdings.seen.equity_cents,
            cash_cents=holdings.seen.cash_cents,
            cash_weight=holdings.cash_weight,
            funds=[FundReply.of(fund) for fund in holdings.funds],
            gains=GainsReply.of(holdings.gains),
            corporate_actions=[ActionReply.of(action) for action in reversed(portfolio.actions)],
            is_rebalancing=bool(portfolio.run_id),
            last_rebalance_at=portfolio.last_run_at,
            next_rebalance_at=portfolio.due_at,
            as_of=holdings.seen.at,
        )


class DayFundReply(Reply):
    """What a fund was worth at the end of a day, and what had gone into it."""

    collection_id: str
    value_cents: int
    invested_cents: int


class DayReply(Reply):
    """How an account stood at the end of a day."""

    date: date
    equity_cents: int
    contributed_cents: int
    gain_cents: int
    funds: list[DayFundReply]

    @classmethod
    def of(cls, mark: DayMark) -> "DayReply":
        """Return a day's end as answers show it."""
        return cls(
            date=mark.day,
            equity_cents=mark.equity_cents,
            contributed_cents=mark.contributed_cents,
            gain_cents=mark.equity_cents - mark.contributed_cents,
            funds=[
                DayFundReply(collection_id=key, value_cents=worth, invested_cents=flow)
                for key, (worth, flow) in sorted(mark.funds.items())
            ],
        )
