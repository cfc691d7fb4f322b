"""What routes answer of replays and back-tests."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Self

from trading.automation.portfolios.positions import ExitReason
from trading.backtest.happenings import NotReplayed
from trading.backtest.models import BacktestTrade, DayResult, PathName
from trading.backtest.replay import Replay
from trading.markets.costs import PAPER_COSTS, TradingCosts
from trading.performance.metrics import max_drawdown, total_return, win_rate
from trading.platform.fields import Dollars, Number, Reply
from trading.platform.money import to_dollars


class TradeReply(Reply):
    """A position from its purchase to its sale. `pnl` is after commissions."""

    symbol: str
    rank: int
    shares: Number
    entry_price: Number
    exit_price: Number
    exit_reason: ExitReason
    commission: Dollars
    pnl: Dollars

    @classmethod
    def of(cls, trade: BacktestTrade) -> Self:
        """Return the reply that shows a trade."""
        return cls(
            symbol=trade.symbol,
            rank=trade.rank,
            shares=trade.shares,
            entry_price=trade.entry_price,
            exit_price=trade.exit_price,
            exit_reason=trade.exit_reason,
            commission=to_dollars(trade.commission_cents),
            pnl=to_dollars(trade.pnl_cents),
        )


class ReplayedDay(Reply):
    """A session as it would have been. `skipped` counts candidates by reason, `blocks` rails that kept from buying.

    `path` says what its prices are from: `tape` where quotes were recorded, else `worse_order` of its bar.
    `not_replayed` says why a day was not traded again, null where it was: `missed` (an outage kept it from being
    planned), `not_traded` (the portfolio did not trade by itself on it), `no_recommendations`, `no_prices`.
    `money_moved` is the cash that came in the day, less what went, without automation.
    """

    date: date
    status: str
    not_replayed: NotReplayed | None
    money_moved: Dollars
    pnl: Dollars
    trades: list[TradeReply]
    skipped: Mapping[str, int]
    blocks: Mapping[str, int]
    path: PathName

    @classmethod
    def of(cls, day: DayResult) -> Self:
        """Return the reply that shows a day."""
        return cls(
            date=day.day,
            status=_status_of(day),
            not_replayed=day.not_replayed,
            money_moved=to_dollars(day.moved_cents),
            pnl=to_dollars(day.pnl_cents),
            trades=[TradeReply.of(trade) for trade in day.trades],
            skipped=day.skipped,
            blocks=day.blocks,
            path=day.path,
        )


class ReplayTotals(Reply):
    """All days together. Returns are shares of 1; a figure that is not defined is null."""

    days: int
    trades: int
    starting_cash: Dollars
    ending_cash: Dollars
    pnl: Dollars
    commissions: Dollars
    total_return: Number | None
    max_drawdown: Number | None
    win_rate: Number | None

    @classmethod
    def of(cls, replay: Replay) -> Self:
        """Return the reply that sums a replay up."""
        trades = [trade for day in replay.days for trade in day.trades]
        returns = [day.pnl_cents / day.opening_cents for day in replay.days if day.opening_cents > 0]
        return cls(
            days=len(replay.days),
            trades=len(trades),
            starting_cash=to_dollars(replay.bankroll_cents),
            ending_cash=to_dollars(replay.days[-1].closing_cents),
            pnl=to_dollars(sum(day.pnl_cents for day in replay.days)),
            commissions=to_dollars(sum(trade.commission_cents for trade in trades)),
            total_return=_figure(total_return(returns)),
            max_drawdown=_figure(max_drawdown(returns)),
            win_rate=_figure(win_rate([trade.pnl_cents for trade in trades])),
        )


class CostsReply(Reply):
    """What trading cost: slippage and commission as shares of the amount, and a commission in dollars a share."""

    slippage: Number
    commission_rate: Number
    commission_per_share: Number

    @classmethod
    def of(cls, costs: TradingCosts) -> Self:
        """Return the reply that shows costs."""
        return cls(
            slippage=costs.slippage,
            commission_rate=costs.commission_rate,
            commission_per_share=costs.commission_per_share,
        )


class ActualDay(Reply):
    """What a session really brought."""

    date: date
    pnl: Dollars


class ActualDays(Reply):
    """The sessions that there really were, oldest first."""

    days: list[ActualDay]


class ReplayReply(Reply):
    """A replay beside what happened. It starts flat, with the cash that the first session began with, and meets the
    money, stops, halts and outages that there were since.
    """

    days: list[ReplayedDay]
    totals: ReplayTotals
    costs: CostsReply
    actual: ActualDays

    @classmethod
    def of(cls, replay: Replay) -> Self:
        """Return the reply that shows a replay."""
        happened: Sequence[ActualDay] = [
            ActualDay(date=session.trade_date, pnl=to_dollars(session.pnl_cents)) for session in replay.actual
        ]
        return cls(
            days=[ReplayedDay.of(day) for day in replay.days],
            totals=ReplayTotals.of(replay),
            costs=CostsReply.of(PAPER_COSTS),
            actual=ActualDays(days=list(happened)),
        )


def _status_of(day: DayResult) -> str:
    reason = day.not_replayed
    return reason.value if reason in {NotReplayed.MISSED, NotReplayed.NOT_TRADED} else day.status.value


def _figure(value: float | None) -> Decimal | None:
    return None if value is None else round(Decimal(value), 6)
