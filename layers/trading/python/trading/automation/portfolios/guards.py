"""Guards: the rails' rules applied to a portfolio on its trading day. No I/O but the calendar's.

Each returns the portfolio with what its rails know now; whoever writes it conditions every later purchase on
that, since each purchase is conditioned on the portfolio's version.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from trading.automation.portfolios.exposure import exposure_of
from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.ports import Days
from trading.automation.portfolios.sessions import Session, Skip, Skipped
from trading.automation.rails import limits, rules
from trading.automation.rails.models import Block, EquityMark, Flatten, RailName
from trading.automation.rails.rules import ActiveBlocks, Sessions
from trading.markets.calendar import settles_on
from trading.markets.models import Exchange

_RAIL_SKIPS = frozenset(rail.value for rail in RailName)


def sessions_of(days: Days, exchange: Exchange) -> Sessions:
    """Return how an exchange's sessions are counted."""

    def shifted(day: date, count: int) -> date:
        one = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += one
            left -= days.trading_day(exchange, day) is not None
        return day

    return shifted


def before_open(portfolio: Portfolio, day: date) -> Portfolio:
    """Return a portfolio that remembers what it is worth before a day's open, once a day."""
    known = portfolio.rail_state.before_open
    if known is not None and known.day >= day:
        return portfolio
    mark = EquityMark(day, portfolio.value_cents, portfolio.contributed_cents)
    return replace(portfolio, rail_state=replace(portfolio.rail_state, before_open=mark))


def settled_cents(portfolio: Portfolio, day: date) -> int | None:
    """Return the cash that is settled on a day; None where entries may be paid by all of it."""
    if not portfolio.rails.settled_cash:
        return None
    return limits.settled_cents(
        portfolio.rail_state, portfolio.cash_cents, day, lambda sold_on: settles_on(portfolio.exchange, sold_on)
    )


def settlement_judged(portfolio: Portfolio, day: date, now: datetime) -> Portfolio:
    """Return a portfolio blocked until something settles, if it may buy from settled cash alone and has none."""
    settled = settled_cents(portfolio, day)
    if settled is None or settled > 0 or portfolio.cash_cents <= 0:
        return portfolio
    waiting = (settles_on(portfolio.exchange, kept.day) for kept in portfolio.rail_state.proceeds)
    until = rules.begins_at(min(moment for moment in waiting if moment > day))
    reason = "Nothing of the cash is settled yet."
    cash = Decimal(portfolio.cash_cents) / 100
    block = Block(RailName.SETTLED_CASH, now, reason, until=until, value=Decimal(0), limit=cash)
    return replace(portfolio, rail_state=portfolio.rail_state.with_block(block, now))


def blocks_on(portfolio: Portfolio, now: datetime) -> ActiveBlocks:
    """Return what a portfolio's rails keep from being bought at a moment."""
    return rules.active_blocks(rules.blocks_at(portfolio.rails, portfolio.rail_state, now))


def reason_against(blocks: ActiveBlocks) -> Callable[[str], Skip | None]:
    """Return how blocks answer why a symbol is not bought."""

    def reason(symbol: str) -> Skip | None:
        block = blocks.on(symbol)
        return Skip(block.rail.value) if block is not None else None

    return reason


def drawdown_judged(portfolio: Portfolio, now: datetime) -> Portfolio:
    """Return a portfolio with the block of its drawdown, if it trades by itself and fell that far."""
    state = portfolio.rail_state
    is_known = any(block.rail is RailName.DRAWDOWN for block in state.blocks)
    block = None if is_known or not portfolio.is_automated else rules.drawdown(portfolio.rails, state, now)
    return replace(portfolio, rail_state=state.with_block(block, now)) if block else portfolio


def close_remembered(portfolio: Portfolio, day: date, now: datetime) -> Portfolio:
    """Return a portfolio that remembers its equity at a day's close, blocked if its drawdown is too deep."""
    mark = EquityMark(day, portfolio.value_cents, portfolio.contributed_cents)
    state = rules.closed_at(portfolio.rail_state, mark)
    return drawdown_judged(replace(portfolio, rail_state=state), now)


def loss_judged(
    portfolio: Portfolio, prices: Mapping[str, Decimal], day: date, now: datetime, until: Callable[[], datetime]
) -> Portfolio:
    """Return a portfolio whose day's loss has reached its limit blocked until the next session and ordered to be sold.

    Open positions count at prices, those without one at their last. Once so, it stays so whatever prices do. `until`
    returns when the next session is: only a loss asks the calendar.
    """
    state = portfolio.rail_state
    before = state.before_open
    is_latched = any(block.rail is RailName.DAILY_LOSS and block.holds_at(now) for block in state.blocks)
    if before is None or before.day != day or is_latched:
        return portfolio
    exposure = exposure_of(portfolio)
    equity = exposure.equity_cents(prices) if exposure else portfolio.value_cents
    contributed = portfolio.contributed_cents
    block = rules.daily_loss(portfolio.rails, before, equity_cents=equity, contributed_cents=contributed, at=now)
    if block is None:
        return portfolio
    block = replace(block, until=until(), stale=exposure.stale(prices) if exposure else ())
    return flattened(replace(portfolio, rail_state=state.with_block(block, now)), RailName.DAILY_LOSS, day, now)


def flattened(portfolio: Portfolio, rail: RailName, through: date, now: datetime) -> Portfolio:
    """Return a portfolio with the order to cancel its entries and sell its positions up to a trade date.

    It is due each minute of the market until the close has proven that nothing is left. An earlier order
    keeps its name, but for an owner's, which the owner could take back.
    """
    known = portfolio.rail_state.flatten
    order = Flatten(rail, now, through)
    if known is not None:
        name = rail if known.rail is RailName.OWNER_STOP else known.rail
        order = replace(known, rail=name, through=max(known.through, through))
    return replace(portfolio, rail_state=replace(portfolio.rail_state, flatten=order))


def noted(session: Session, blocks: ActiveBlocks, put_up: Iterable[Block] = ()) -> Session:
    """Return a session with the blocks that kept it from buying, and those that were put up in it, each once."""
    own = [block for skip in session.skipped if (block := _block_of(skip, blocks)) is not None]
    known = {block.identity for block in session.blocks}
    new = {block.identity: block for block in (*put_up, *own) if block.identity not in known}
    return replace(session, blocks=(*session.blocks, *new.values())) if new else session


def new_blocks(before: Portfolio, after: Portfolio) -> tuple[Block, ...]:
    """Return the blocks of a portfolio that it had not before."""
    known = {block.identity for block in before.rail_state.blocks}
    return tuple(block for block in after.rail_state.blocks if block.identity not in known)


def _block_of(skip: Skipped, blocks: ActiveBlocks) -> Block | None:
    return blocks.on(skip.symbol) if skip.reason.value in _RAIL_SKIPS else None
