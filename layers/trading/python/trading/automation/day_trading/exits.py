"""Exits: which open positions a set of prices closes, and what that brings. No I/O."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from trading.automation.day_trading.entries import ORDERS_REFUSED, Step, client_order_id, trade_of
from trading.automation.day_trading.ports import Broker, BrokerOrder, Side
from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.positions import Decision, ExitReason, Position, PositionStatus
from trading.automation.rails import rules
from trading.automation.rails.highs import NO_HIGHS, Highs, trailing_price
from trading.automation.rails.models import Flatten
from trading.automation.rails.rules import Sessions, StopOut
from trading.markets.models import Price
from trading.platform.errors import Refused
from trading.platform.money import round_price
from trading.platform.observability import count

STOPS = frozenset({ExitReason.STOP_HIT, ExitReason.TRAILING_STOP})


def reason_to_exit(position: Position, price: Decimal, highs: Highs = NO_HIGHS) -> ExitReason | None:
    """Return why a price closes a position: target first, then stop, both inclusive."""
    if position.target_price is not None and price >= position.target_price:
        return ExitReason.TARGET_HIT
    if position.stop_price is None or position.entry_price is None:
        return None
    stop = max(position.stop_price, _trailing_stop(position, highs) or position.stop_price)
    if price > stop:
        return None
    fixed = round_price(position.entry_price * (1 - position.order.stop_distance))
    is_trailing = position.trailing_percent is not None and price > fixed
    return ExitReason.TRAILING_STOP if is_trailing else ExitReason.STOP_HIT


def _trailing_stop(position: Position, highs: Highs) -> Decimal | None:
    if position.trailing_percent is None or position.opened_at is None:
        return None
    highest = highs.since(position.symbol, position.opened_at)
    return None if highest is None else round_price(trailing_price(highest, position.trailing_percent))


def on_hits(  # noqa: PLR0913 - what exits are decided by
    portfolio: Portfolio,
    positions: tuple[Position, ...],
    prices: Mapping[str, Price],
    *,
    broker: Broker,
    now: datetime,
    highs: Highs = NO_HIGHS,
) -> Iterator[Step]:
    """Yield the sale of each open position whose target or stop its bid has reached."""
    for position in positions:
        price = prices.get(position.symbol)
        reason = reason_to_exit(position, price.amount, highs) if price else None
        if price is None or reason is None or position.status is not PositionStatus.OPEN:
            continue
        step = _sell_unless_refused(portfolio, position, price, reason, broker=broker, now=now)
        if step is not None:
            portfolio = step.portfolio
            yield step


def at_close(
    portfolio: Portfolio, positions: tuple[Position, ...], prices: Mapping[str, Price], *, broker: Broker, now: datetime
) -> Iterator[Step]:
    """Yield the sale of each position that has a price; the others become `closing`, never a made-up price.

    So does what the broker refuses to sell now: it is tried again each minute, and keeps nothing else open.

    What a rail ordered to be sold is sold for its reason.
    """
    order = portfolio.rail_state.flatten
    for position in positions:
        price, reason = prices.get(position.symbol), _reason_at_close(position, order)
        sale = _sell_unless_refused(portfolio, position, price, reason, broker=broker, now=now) if price else None
        if sale is not None:
            step = sale
        elif position.status is PositionStatus.OPEN:
            waiting = replace(position, status=PositionStatus.CLOSING)
            step = Step(Decision(position.status, waiting), portfolio)
        else:
            continue
        portfolio = step.portfolio
        yield step


def stops_remembered(
    portfolio: Portfolio, steps: Iterable[Step], sessions: Sessions, day: date, now: datetime
) -> Iterator[Step]:
    """Yield a session's sales with what the rails learn from each that its stop made."""
    state = portfolio.rail_state
    for step in steps:
        position = step.decision.position
        if position.exit_reason in STOPS:
            stop = StopOut(position.symbol, _has_lost(position), day, now)
            state = rules.stopped_out(portfolio.rails, state, stop, sessions)
        yield replace(step, portfolio=replace(step.portfolio, rail_state=state))


def _reason_at_close(position: Position, order: Flatten | None) -> ExitReason:
    is_ordered = order is not None and position.trade_date <= order.through
    return ExitReason(order.exit_reason) if order is not None and is_ordered else ExitReason.SESSION_CLOSE


def _has_lost(position: Position) -> bool:
    return position.proceeds_cents < position.cost_cents


def _sell_unless_refused(  # noqa: PLR0913 - one sale, from price to booking
    portfolio: Portfolio, position: Position, bid: Price, reason: ExitReason, *, broker: Broker, now: datetime
) -> Step | None:
    try:
        return _sell(portfolio, position, bid, reason, broker=broker, now=now)
    except Refused:
        count(ORDERS_REFUSED)
        return None


def _sell(  # noqa: PLR0913 - one sale, from price to booking
    portfolio: Portfolio, position: Position, bid: Price, reason: ExitReason, *, broker: Broker, now: datetime
) -> Step:
    order_id = client_order_id(portfolio.key, position, Side.SELL)
    fill = broker.execute(BrokerOrder(order_id, position.symbol, Side.SELL, position.shares, bid))
    trade = trade_of(position, bid, fill)
    posting = portfolio.sold(trade, now, entry_id=order_id)
    closed = replace(
        position,
        status=PositionStatus.CLOSED,
        exit_price=fill.price,
        exit_reason=reason,
        proceeds_cents=position.proceeds_cents + fill.amount_cents - fill.commission_cents,
        closed_at=now,
        price_at=bid.at,
        price_from=bid.source,
    )
    after = replace(posting.portfolio, open_positions=portfolio.open_positions - 1)
    return Step(Decision(position.status, closed, posting.entry), after)
