"""What a close has to do: whose entries came too late, and which positions are due to be sold. No I/O."""

from datetime import date, datetime, timedelta

from trading.automation.portfolios.positions import PortfolioState, Position, PositionStatus
from trading.automation.portfolios.sessions import Skip
from trading.automation.rails.models import Flatten
from trading.markets.calendar import entries_end_at
from trading.markets.models import TradingDay

FLATTEN_TAKES = timedelta(minutes=5)
"""How long an order to sell everything may wait for prices in market hours before it is an alarm."""

NOT_FLATTENED = "FlattensUnproven"
"""The metric that counts such orders; it has an alarm."""


def is_ordered(state: PortfolioState, today: date) -> bool:
    """Say whether a rail orders today's positions to be sold."""
    order = state.portfolio.rail_state.flatten
    return order is not None and order.through >= today


def is_late(order: Flatten, day: TradingDay, now: datetime) -> bool:
    """Say whether the market has had time enough to fill an order to sell everything."""
    return now >= max(order.since, day.opens_at) + FLATTEN_TAKES


def stranded(state: PortfolioState, day: TradingDay | None, today: date, now: datetime) -> tuple[Position, ...]:
    """Return the pending entries that are made no more: they came too late, or a rail orders all to be sold."""
    # A message that comes the next morning finds that day's entries waiting, too.
    is_today_over = day is None or now > entries_end_at(day) or is_ordered(state, today)
    return tuple(
        position
        for position in state.positions
        if position.status is PositionStatus.PENDING
        and (position.trade_date < today or (position.trade_date == today and is_today_over))
    )


def reason_stranded(state: PortfolioState, today: date) -> Skip:
    """Return why the entries are made no more."""
    order = state.portfolio.rail_state.flatten
    return Skip(order.rail.value) if order is not None and is_ordered(state, today) else Skip.MISSED


def due(state: PortfolioState, day: TradingDay, *, closing_time: bool) -> tuple[Position, ...]:
    """Return the positions to sell: leftovers and `closing` ones always, all of them at closing time."""
    return tuple(
        position
        for position in state.held
        if closing_time or position.status is PositionStatus.CLOSING or position.trade_date < day.day
    )
