"""Entries: what becomes of the pending positions of a session when prices are there. No I/O.

An open at or beyond the plan's stop or target is skipped as `gapped`, judged on the ask. The fill
decides how many shares: the planned ones, what the allocation pays, what the cash left pays, floored.
Beyond the symbols that a portfolio may hold none is bought.
Costs are judged again, with the spread that is asked now; rails are asked first. What was recommended by
a strategy is not bought at more than 20 bp between bid and ask; what was pinned is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from trading.automation.day_trading.planner import has_room, meets_minimum
from trading.automation.day_trading.ports import Broker, BrokerOrder, Fill, Side
from trading.automation.portfolios import guards
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.positions import Decision, Order, Position, PositionStatus
from trading.automation.portfolios.sessions import Skip
from trading.automation.rails.highs import trailing_price
from trading.automation.rails.limits import MAX_ORDERS_A_MINUTE, after_refusal
from trading.ledger.models import Trade
from trading.markets.models import Price
from trading.platform.errors import Refused
from trading.platform.ids import derived_id
from trading.platform.money import floor_quantity, round_price
from trading.platform.observability import count

MAX_SPREAD = Decimal("0.002")


@dataclass(frozen=True)
class Step:
    """One decision, and the portfolio after it."""

    decision: Decision
    portfolio: Portfolio


@dataclass(frozen=True)
class Budget:
    """What entries may still cost, where that is less than the cash, and how many orders may go out at once."""

    cents: int | None = None
    orders: int = MAX_ORDERS_A_MINUTE

    def after(self, decision: Decision) -> "Budget":
        """Return what is left after an entry was decided."""
        if decision.entry is None:
            return self
        left = None if self.cents is None else self.cents - decision.position.cost_cents
        return Budget(left, self.orders - 1)


UNLIMITED = Budget(orders=1_000_000)
ORDERS_REFUSED = "OrdersRefused"
"""The metric that counts orders which the broker refused; it has an alarm."""


def client_order_id(key: PortfolioKey, position: Position, side: Side) -> str:
    """Return the id that the same order always has, at the broker and in the journal."""
    return derived_id("order", key.text, position.trade_date.isoformat(), position.symbol, side.value)


def enter(  # noqa: PLR0913 - what entries are decided by
    portfolio: Portfolio,
    pending: tuple[Position, ...],
    prices: Mapping[str, Price],
    *,
    broker: Broker,
    now: datetime,
    budget: Budget = UNLIMITED,
) -> Iterator[Step]:
    """Yield a fill or a reason for each pending position that has a price, best rank first.

    What is beyond the orders of the budget waits.
    """
    reason_against = guards.reason_against(guards.blocks_on(portfolio, now))
    for position in pending:
        price, reason = prices.get(position.symbol), reason_against(position.symbol)
        if reason is not None:
            step = _skipped(portfolio, position, reason, now)
        elif price is not None and budget.orders > 0:
            step = _enter_alone(portfolio, position, price, broker=broker, now=now, cash_cents=budget.cents)
            budget = budget.after(step.decision)
        else:
            continue
        if step.portfolio.rail_state != portfolio.rail_state:
            reason_against = guards.reason_against(guards.blocks_on(step.portfolio, now))
        portfolio = step.portfolio
        yield step


def abandon(portfolio: Portfolio, pending: tuple[Position, ...], reason: Skip, now: datetime) -> Iterator[Step]:
    """Yield the cancellation of each pending position."""
    for position in pending:
        yield _skipped(portfolio, position, reason, now)


def _enter_alone(  # noqa: PLR0913 - one entry, from price to booking
    portfolio: Portfolio, position: Position, asked: Price, *, broker: Broker, now: datetime, cash_cents: int | None
) -> Step:
    try:
        return _enter_one(portfolio, position, asked, broker=broker, now=now, cash_cents=cash_cents)
    except ArithmeticError:
        return _skipped(portfolio, position, Skip.BAD_SIGNAL, now)
    except Refused:
        count(ORDERS_REFUSED)
        refused = replace(portfolio, rail_state=after_refusal(portfolio.rail_state, now))
        return _skipped(refused, position, Skip.BROKER_REFUSED, now)


def _enter_one(  # noqa: PLR0913 - one entry, from price to booking
    portfolio: Portfolio, position: Position, asked: Price, *, broker: Broker, now: datetime, cash_cents: int | None
) -> Step:
    order = position.order
    if not portfolio.has_room_for(order.symbol):
        return _skipped(portfolio, position, Skip.TOO_MANY_HOLDINGS, now)
    reason = _reason_not_to_enter(order, asked, broker)
    if reason is not None:
        return _skipped(portfolio, position, reason, now)
    price = broker.price(Side.BUY, asked)
    cash = portfolio.cash_cents if cash_cents is None else max(0, min(cash_cents, portfolio.cash_cents))
    affordable = broker.affordable(cash, price, fractional=order.fractional)
    shares = floor_quantity(min(order.shares, order.allocation / price, affordable), fractional=order.fractional)
    if not meets_minimum(shares, price, fractional=order.fractional):
        return _skipped(portfolio, position, Skip.INSUFFICIENT_CASH, now)
    return _filled(portfolio, position, BrokerOrder("", order.symbol, Side.BUY, shares, asked), broker=broker, now=now)


def _reason_not_to_enter(order: Order, asked: Price, broker: Broker) -> Skip | None:
    reference, price = order.reference_price, broker.price(Side.BUY, asked)
    if not reference * (1 - order.stop_distance) < asked.amount < reference * (1 + order.target_distance):
        return Skip.GAPPED
    if order.edge is not None and asked.spread > MAX_SPREAD * (asked.amount - asked.spread / 2):
        return Skip.SPREAD_TOO_WIDE
    if not has_room(price, order.stop_distance, order.target_distance):
        return Skip.TICK_TOO_COARSE
    is_dear = broker.costs.are_too_high(asked.amount, asked.amount * order.stop_distance, asked.spread)
    return Skip.COSTS_TOO_HIGH if is_dear else None


def _filled(portfolio: Portfolio, position: Position, order: BrokerOrder, *, broker: Broker, now: datetime) -> Step:
    order_id = client_order_id(portfolio.key, position, Side.BUY)
    fill = broker.execute(replace(order, client_order_id=order_id))
    trade = trade_of(position, order.price, fill)
    posting = portfolio.bought(trade, now, order_id)
    trailing = portfolio.rails.trailing_stop_percent
    opened = replace(
        position,
        status=PositionStatus.OPEN,
        shares=fill.quantity,
        entry_price=fill.price,
        stop_price=_stop_of(fill.price, position.order.stop_distance, trailing),
        trailing_percent=trailing,
        target_price=_distant(fill.price, position.order.target_distance),
        cost_cents=fill.amount_cents + fill.commission_cents,
        opened_at=now,
        price_at=order.price.at,
        price_from=order.price.source,
    )
    after = replace(posting.portfolio, open_positions=portfolio.open_positions + 1)
    return Step(Decision(position.status, opened, posting.entry), after)


def trade_of(position: Position, price: Price, fill: Fill) -> Trade:
    """Return what a fill of a position's order traded, with where the price that decided it is from."""
    return Trade(
        position.symbol,
        fill.quantity,
        fill.price,
        fill.amount_cents,
        fill.commission_cents,
        position.trade_date,
        price_at=price.at,
        price_from=price.source.value,
    )


def _stop_of(price: Decimal, distance: Decimal, trailing_percent: Decimal | None) -> Decimal:
    """Return the stop of an entry: a trailing one begins under the entry itself, where that is nearer."""
    stop = _distant(price, -distance)
    return stop if trailing_percent is None else max(stop, round_price(trailing_price(price, trailing_percent)))


def _distant(price: Decimal, distance: Decimal) -> Decimal:
    return round_price(price * (1 + distance))


def _skipped(portfolio: Portfolio, position: Position, reason: Skip, now: datetime) -> Step:
    return Step(Decision(position.status, position.cancelled(reason, now)), portfolio)
