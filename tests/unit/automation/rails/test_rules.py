"""The rules of the rails, against worked figures."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from trading.automation.rails import limits, rules
from trading.automation.rails.models import (
    Block,
    EquityMark,
    RailName,
    RailSettings,
    RailState,
    StopGuard,
)
from trading.automation.rails.rules import StopOut, begins_at

DAY, NEXT = date(2013, 2, 19), date(2013, 2, 20)
NOW = datetime(2013, 2, 19, 17, 0, tzinfo=UTC)
BEFORE = EquityMark(DAY, 1_000_000, 1_000_000)


def weekdays(day: date, count: int) -> date:
    """Count sessions as if every weekday were one."""
    left = abs(count)
    while left:
        day += timedelta(days=1 if count > 0 else -1)
        left -= day.weekday() < 5
    return day


def stopped(
    *stops: tuple[str, bool, date], settings: RailSettings | None = None, state: RailState | None = None
) -> RailState:
    state = state or RailState()
    for symbol, is_losing, day in stops:
        at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=17)
        state = rules.stopped_out(settings or RailSettings(), state, StopOut(symbol, is_losing, day, at), weekdays)
    return state


def loss(equity: int, *, contributed: int = 1_000_000, before: EquityMark = BEFORE) -> Block | None:
    return rules.daily_loss(RailSettings(), before, equity_cents=equity, contributed_cents=contributed, at=NOW)


def names(settings: RailSettings, state: RailState, moment: datetime) -> list[str]:
    return [block.rail for block in rules.blocks_at(settings, state, moment)]


def test_a_loss_of_the_limit_itself_blocks_and_a_cent_less_does_not() -> None:
    block = loss(970_000)

    assert loss(970_001) is None
    assert block is not None
    assert (block.rail, block.value, block.limit) == (RailName.DAILY_LOSS, Decimal("3.00"), Decimal("3.0"))


@pytest.mark.parametrize(("flow", "lost"), [(500_000, 30_000), (-500_000, 30_000), (0, 30_000)])
def test_money_paid_in_or_taken_out_is_no_gain_and_no_loss(flow: int, lost: int) -> None:
    assert loss(1_000_000 + flow, contributed=1_000_000 + flow) is None
    assert loss(1_000_000 + flow - lost, contributed=1_000_000 + flow) is not None
    assert loss(1_000_000 + flow - lost + 1, contributed=1_000_000 + flow) is None


def test_the_first_money_of_a_portfolio_can_be_lost_on_its_first_day() -> None:
    before = EquityMark(DAY, 0, 0)

    assert loss(970_000, before=before) is not None
    assert loss(970_001, before=before) is None


def test_without_a_limit_no_loss_blocks() -> None:
    settings = replace(RailSettings(), daily_loss_percent=None)

    assert rules.daily_loss(settings, BEFORE, equity_cents=0, contributed_cents=1_000_000, at=NOW) is None


@pytest.mark.parametrize("equity", range(969_997, 970_004))
def test_the_floor_says_the_same_as_the_loss(equity: int) -> None:
    floor = rules.loss_floor(RailSettings(), BEFORE, 1_000_000)

    assert floor is not None
    assert (equity <= floor) == (loss(equity) is not None)


def test_a_drawdown_is_of_closing_equity_and_counts_from_what_was_paid_in() -> None:
    first = rules.closed_at(RailState(), EquityMark(DAY, 840_000, 1_000_000))

    block = rules.drawdown(RailSettings(), first, NOW)

    assert block is not None
    assert (block.value, block.limit, block.until) == (Decimal("16.00"), Decimal("15.0"), None)


def test_flows_move_neither_the_peak_nor_the_drawdown() -> None:
    state = rules.closed_at(RailState(), EquityMark(DAY, 900_000, 1_000_000))
    state = rules.closed_at(state, EquityMark(NEXT, 100_000, 200_000))
    state = rules.closed_at(state, EquityMark(NEXT + timedelta(days=1), 5_100_000, 5_200_000))

    assert state.share_of_peak == Decimal("0.9")
    assert rules.drawdown(RailSettings(), state, NOW) is None


def test_a_drawdown_is_measured_from_the_peak_and_not_from_the_start() -> None:
    state = rules.closed_at(RailState(), EquityMark(DAY, 2_000_000, 1_000_000))
    state = rules.closed_at(state, EquityMark(NEXT, 1_700_000, 1_000_000))

    assert rules.drawdown(RailSettings(), state, NOW) is not None


def test_resuming_makes_the_last_close_the_peak() -> None:
    state = rules.closed_at(RailState(), EquityMark(DAY, 840_000, 1_000_000))
    block = rules.drawdown(RailSettings(), state, NOW)
    assert block is not None
    state = rules.resumed(state.with_block(block, NOW))

    assert names(RailSettings(), state, NOW) == []
    assert rules.drawdown(RailSettings(), state, NOW) is None
    after = rules.closed_at(state, EquityMark(NEXT, 714_001, 1_000_000))
    assert rules.drawdown(RailSettings(), after, NOW) is None
    later = EquityMark(NEXT + timedelta(days=1), 714_000, 1_000_000)
    assert rules.drawdown(RailSettings(), rules.closed_at(after, later), NOW) is not None


def test_the_third_losing_stop_of_a_session_blocks_through_the_next_one() -> None:
    two = stopped(("A", True, DAY), ("B", True, DAY))
    three = stopped(("A", True, DAY), ("B", True, DAY), ("C", True, DAY))
    settings = replace(RailSettings(), cool_down_sessions=0)

    assert names(settings, two, NOW) == []
    assert names(settings, three, NOW) == ["stop_guard"]
    assert names(settings, three, datetime(2013, 2, 20, 14, 30, tzinfo=UTC)) == ["stop_guard"]
    assert names(settings, three, datetime(2013, 2, 21, 14, 15, tzinfo=UTC)) == []


def test_losing_stops_of_earlier_sessions_count_while_they_are_within_the_window() -> None:
    settings = replace(RailSettings(), stop_guard=StopGuard(losses=2, sessions=3), cool_down_sessions=0)
    friday, tuesday, wednesday = date(2013, 2, 15), DAY, date(2013, 2, 20)

    within = stopped(("A", True, friday), ("B", True, tuesday), settings=settings)
    beyond = stopped(("A", True, friday), ("B", True, wednesday), settings=settings)

    assert [block.rail for block in within.blocks] == ["stop_guard"]
    assert beyond.blocks == ()


def test_a_winning_stop_neither_counts_nor_makes_a_block_last_longer() -> None:
    three = stopped(("A", True, DAY), ("B", True, DAY), ("C", True, DAY))
    later = stopped(("D", False, date(2013, 2, 20)), state=three)

    assert stopped(("A", True, DAY), ("B", True, DAY), ("C", False, DAY)).blocks == ()
    assert later.blocks == three.blocks


@pytest.mark.parametrize(("sessions", "bought_again"), [(1, date(2013, 2, 21)), (2, date(2013, 2, 22))])
def test_a_symbol_that_was_stopped_out_rests_for_so_many_sessions(sessions: int, bought_again: date) -> None:
    settings = replace(RailSettings(), cool_down_sessions=sessions)
    state = stopped(("A", True, DAY), settings=settings)

    def is_resting(moment: datetime) -> bool:
        blocks = rules.active_blocks(rules.blocks_at(settings, state, moment))
        assert blocks.on("B") is None
        return blocks.on("A") is not None

    assert is_resting(begins_at(bought_again) - timedelta(seconds=1))
    assert not is_resting(begins_at(bought_again))


def test_rails_that_are_off_block_nothing_but_a_loss_that_was_made_stays_one() -> None:
    state = stopped(("A", True, DAY), ("B", True, DAY), ("C", True, DAY))
    latched = state.with_block(Block(RailName.DAILY_LOSS, NOW, "lost", until=NOW + timedelta(hours=12)), NOW)
    off = replace(RailSettings(), daily_loss_percent=None, stop_guard=None, cool_down_sessions=None)

    assert names(off, latched, NOW) == ["daily_loss"]


def test_the_rail_that_is_asked_first_answers() -> None:
    state = stopped(("A", True, DAY), ("B", True, DAY), ("C", True, DAY))
    for rail in (RailName.DAILY_LOSS, RailName.OWNER_STOP, RailName.DRAWDOWN):
        state = state.with_block(Block(rail, NOW, rail.value), NOW)

    blocks = rules.active_blocks(rules.blocks_at(RailSettings(), state, NOW))

    assert names(RailSettings(), state, NOW)[:4] == ["owner_stop", "drawdown", "daily_loss", "stop_guard"]
    block = blocks.on("A")
    assert block is not None
    assert block.rail is RailName.OWNER_STOP


def test_what_is_remembered_of_stops_stays_small() -> None:
    days = [weekdays(DAY, number) for number in range(60)]

    state = stopped(*((f"S{number}", True, day) for number, day in enumerate(days)))

    assert len(state.stops) == 20
    assert len(state.rests) <= 2


def test_a_stop_more_than_the_guard_allows_puts_up_no_second_block() -> None:
    three = stopped(("A", True, DAY), ("B", True, DAY), ("C", True, DAY))
    later = StopOut("D", is_losing=True, day=DAY, at=NOW + timedelta(minutes=10))

    four = rules.stopped_out(RailSettings(), three, later, weekdays)

    assert four.blocks == three.blocks
    assert four.stops[-1].losing == 4


def test_an_account_that_is_no_cash_account_any_more_waits_for_nothing_to_settle() -> None:
    state = RailState().with_block(Block(RailName.SETTLED_CASH, NOW, "waiting", until=NOW + timedelta(hours=12)), NOW)

    assert names(replace(RailSettings(), settled_cash=True), state, NOW) == ["settled_cash"]
    assert names(RailSettings(), state, NOW) == []


def test_a_sale_that_cost_more_than_it_brought_settles_no_cash_that_is_not_there() -> None:
    state = limits.after_sale(RailState(), DAY, -5)

    assert limits.settled_cents(state, 100, DAY, lambda day: day + timedelta(days=1)) == 100
