"""The rules of the rails: settings, figures and what was known in, blocks and what is known out. No I/O, no clock.

The live trading day and the back-test ask the same rules. Comparisons are exact: a loss of the limit itself
blocks. Each block says in `value` what was found and in `limit` what was allowed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from trading.automation.rails.models import (
    Block,
    BlockScope,
    EquityMark,
    RailName,
    RailSettings,
    RailState,
    Rest,
    StopCount,
)
from trading.platform.clock import NEW_YORK

MAX_SESSIONS = 20
"""How many sessions a rail looks back or blocks, at most."""

_ORDER = tuple(RailName)
_SCOPES = frozenset(scope.value for scope in BlockScope)
_PLACES, _SHARE_PLACES = Decimal("0.01"), Decimal("0.000000000001")

Sessions = Callable[[date, int], date]
"""Returns the day of the session that lies a number of sessions behind a day, or before it if that is below 0."""


@dataclass(frozen=True)
class ActiveBlocks:
    """The blocks that hold at a moment: of those of a symbol, or of everything, the one that is asked first."""

    general: Block | None = None
    by_symbol: Mapping[str, Block] = field(default_factory=dict)

    def on(self, symbol: str) -> Block | None:
        """Return why a symbol is not bought, if so."""
        found = [block for block in (self.general, self.by_symbol.get(symbol)) if block is not None]
        return min(found, key=_order_of, default=None)


@dataclass(frozen=True)
class StopOut:
    """A position that its stop sold: whether it lost, and on which day that was."""

    symbol: str
    is_losing: bool
    day: date
    at: datetime


def begins_at(day: date) -> datetime:
    """Return the moment from which a block that ends before a session no longer holds: that day's midnight."""
    return datetime.combine(day, datetime.min.time(), NEW_YORK)


def blocks_at(settings: RailSettings, state: RailState, moment: datetime) -> Iterator[Block]:
    """Yield the blocks of a portfolio that hold at a moment, in the order in which they are asked.

    What depends on counts, or on what is settled, ends with its setting; a loss stays a loss whatever that becomes.
    """
    is_off = {RailName.STOP_GUARD: settings.stop_guard is None, RailName.SETTLED_CASH: not settings.settled_cash}
    found = [block for block in state.blocks if block.holds_at(moment) and not is_off.get(block.rail, False)]
    if settings.cool_down_sessions:
        found += _rests_at(state, moment)
    yield from sorted(found, key=_order_of)


def active_blocks(blocks: Iterable[Block]) -> ActiveBlocks:
    """Return what blocks keep from being bought."""
    general: Block | None = None
    by_symbol: dict[str, Block] = {}
    for block in sorted(blocks, key=_order_of):
        if block.scope not in _SCOPES:
            by_symbol.setdefault(block.scope, block)
        elif general is None:
            general = block
    return ActiveBlocks(general, by_symbol)


def loss_floor(settings: RailSettings, before_open: EquityMark, contributed_cents: int) -> int | None:
    """Return the equity at or under which a day's loss reaches its limit; None where that rail is off.

    With nothing there before the open, what was paid in since is what can be lost.
    """
    if settings.daily_loss_percent is None:
        return None
    unchanged = before_open.with_flows(contributed_cents)
    base = before_open.equity_cents if before_open.equity_cents > 0 else unchanged
    if base <= 0:
        return None
    return int((unchanged - base * settings.daily_loss_percent / 100) // 1)


def daily_loss(
    settings: RailSettings, before_open: EquityMark, *, equity_cents: int, contributed_cents: int, at: datetime
) -> Block | None:
    """Return the block of a day whose loss, open positions counted, has reached its limit.

    loss = (equity before the open + today's flows - equity) / equity before the open
    """
    floor = loss_floor(settings, before_open, contributed_cents)
    if floor is None or equity_cents > floor or settings.daily_loss_percent is None:
        return None
    unchanged = before_open.with_flows(contributed_cents)
    base = before_open.equity_cents if before_open.equity_cents > 0 else unchanged
    lost = _percent(unchanged - equity_cents, base)
    reason = f"The day's loss is {lost} % of the equity before the open, {settings.daily_loss_percent} % is the limit."
    return Block(RailName.DAILY_LOSS, at, reason, value=lost, limit=settings.daily_loss_percent)


def drawdown(settings: RailSettings, state: RailState, at: datetime) -> Block | None:
    """Return the block of a portfolio whose closing equity fell too far from its peak; only its owner ends it."""
    limit = settings.max_drawdown_percent
    if limit is None or state.share_of_peak > 1 - limit / 100:
        return None
    value = ((1 - state.share_of_peak) * 100).quantize(_PLACES, rounding=ROUND_HALF_EVEN)
    reason = f"The closing equity is {value} % under its peak, {limit} % is the limit. It stays so until you resume."
    return Block(RailName.DRAWDOWN, at, reason, value=value, limit=limit)


def closed_at(state: RailState, mark: EquityMark) -> RailState:
    """Return the state after a close: its equity as a share of the peak, flows taken out.

    share' = min(1, share * (1 - loss / base)); it begins with what was paid in. The loss is what is missing of the
    equity of the close before and the flows since; the base is that, or the equity before where money was taken out:
    a withdrawal makes no loss deeper. A close that comes late or again changes nothing.
    """
    before = state.at_close or EquityMark(mark.day, 0, 0)
    if state.at_close is not None and mark.day <= before.day:
        return state
    unchanged = before.with_flows(mark.contributed_cents)
    base = max(before.equity_cents, unchanged)
    if base <= 0:
        return replace(state, at_close=mark)
    share = state.share_of_peak * max(0, base - unchanged + mark.equity_cents) / base
    return replace(state, at_close=mark, share_of_peak=min(Decimal(1), share.quantize(_SHARE_PLACES)))


def resumed(state: RailState) -> RailState:
    """Return the state after the owner resumed: no drawdown, and the last close as the new peak."""
    return replace(state.without(RailName.DRAWDOWN), share_of_peak=Decimal(1))


def stopped_out(settings: RailSettings, state: RailState, stop: StopOut, sessions: Sessions) -> RailState:
    """Return the state after a position was sold by its stop: its symbol rests, and losses are counted.

    A losing stop that makes the limit in its sessions, the present one counted, blocks through the next one.
    """
    rested = _with_rest(settings, state, stop, sessions)
    if not stop.is_losing:
        return rested
    counted = replace(rested, stops=_counted(state.stops, stop.day))
    block = _guard_block(settings, counted, stop, sessions)
    return counted.with_block(block, stop.at) if block else counted


def _guard_block(settings: RailSettings, state: RailState, stop: StopOut, sessions: Sessions) -> Block | None:
    guard = settings.stop_guard
    if guard is None:
        return None
    first = sessions(stop.day, 1 - guard.sessions)
    losses = sum(count.losing for count in state.stops if first <= count.day <= stop.day)
    if losses < guard.losses:
        return None
    reason = f"{losses} losing stops in {guard.sessions} sessions, {guard.losses} are the limit."
    until = begins_at(sessions(stop.day, 2))
    if any(block.rail is RailName.STOP_GUARD and block.until == until for block in state.blocks):
        return None
    return Block(RailName.STOP_GUARD, stop.at, reason, until=until, value=Decimal(losses), limit=Decimal(guard.losses))


def _counted(stops: tuple[StopCount, ...], day: date) -> tuple[StopCount, ...]:
    counts = {count.day: count.losing for count in stops}
    counts[day] = counts.get(day, 0) + 1
    latest = sorted(counts)[-MAX_SESSIONS:]
    return tuple(StopCount(kept, counts[kept]) for kept in latest)


def _with_rest(settings: RailSettings, state: RailState, stop: StopOut, sessions: Sessions) -> RailState:
    length = settings.cool_down_sessions
    left = [rest for rest in state.rests if stop.at < rest.until]
    if not length:
        return replace(state, rests=tuple(left))
    until = begins_at(sessions(stop.day, length + 1))
    same = next((rest for rest in left if (rest.day, rest.until) == (stop.day, until)), None)
    symbols = {stop.symbol, *(same.symbols if same else ())}
    others = [rest for rest in left if rest is not same]
    return replace(state, rests=(*others, Rest(stop.day, until, length, tuple(sorted(symbols)))))


def _rests_at(state: RailState, moment: datetime) -> Iterator[Block]:
    for rest in state.rests:
        if moment < rest.until:
            reason = f"It was stopped out on {rest.day} and rests for {rest.sessions} sessions."
            since, limit = begins_at(rest.day), Decimal(rest.sessions)
            for symbol in rest.symbols:
                yield Block(RailName.COOL_DOWN, since, reason, symbol, rest.until, value=None, limit=limit)


def _percent(part: int, whole: int) -> Decimal:
    return (Decimal(part) * 100 / whole).quantize(_PLACES, rounding=ROUND_HALF_EVEN)


def _order_of(block: Block) -> int:
    return _ORDER.index(block.rail)
