"""Halts as blocks: what operators halted for everybody or for a person, and what owners stopped. No I/O.

    strength         automation buys   people buy   stops, targets, closes   day-trading positions
    no_new_entries   no                yes          go on                    stay until their close
    reduce_only      no                no           go on                    stay until their close
    flatten          no                no           go on                    are sold at once, or at the next open

The strictest of all that hold counts. None ends by itself, but for an owner's stop that says until when.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from trading.automation.rails.models import Block, BlockScope, RailName
from trading.brokerage.halts import HaltStrength, PersonHalt, TradingHalt, strictest

OWNER, OPERATOR = "owner", "operator"
_PAUSED: Mapping[HaltStrength, str] = {
    HaltStrength.NO_NEW_ENTRIES: "Automation on your account buys nothing; you may buy and sell yourself.",
    HaltStrength.REDUCE_ONLY: "Buying on your account is paused; selling goes on.",
    HaltStrength.FLATTEN: "Buying on your account is paused, and day-trading positions are sold.",
}
_ASK_SUPPORT = "Please contact support."
_STOPPED = "You stopped it."


def kill_switch(halt: TradingHalt, person: PersonHalt | None) -> Iterator[Block]:
    """Yield the blocks of what operators halted.

    Why everybody is halted is everybody's to know; why a person is, operators keep to themselves.
    """
    if halt.trading_strength is not None and halt.halted_at is not None:
        yield Block(
            RailName.KILL_SWITCH,
            halt.halted_at,
            halt.reason,
            BlockScope.EVERYTHING,
            strength=halt.trading_strength,
            set_by=OPERATOR,
        )
    if person is not None:
        yield Block(
            RailName.KILL_SWITCH,
            person.since,
            f"{_PAUSED[person.strength]} {_ASK_SUPPORT}",
            BlockScope.PERSON,
            strength=person.strength,
            set_by=OPERATOR,
        )


def owner_stop(strength: HaltStrength, at: datetime, until: datetime | None) -> Block:
    """Return the block of an owner's stop."""
    return Block(RailName.OWNER_STOP, at, _STOPPED, until=until, strength=strength, set_by=OWNER)


def strength_of(blocks: Iterable[Block], moment: datetime) -> HaltStrength | None:
    """Return the strictest strength of the blocks that hold at a moment; None if people halted nothing."""
    return strictest(block.strength for block in blocks if block.holds_at(moment))
