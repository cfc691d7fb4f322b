"""What operators halted, as blocks of the portfolios below."""

from trading.automation.rails.halts import kill_switch
from trading.automation.rails.models import Block
from trading.brokerage.halt_rows import load_restrictions, load_trading_halt


def load_halts(owner: str) -> tuple[Block, ...]:
    """Return what operators halted for everybody and for a person, strongly consistent. Two requests."""
    return tuple(kill_switch(load_trading_halt(), load_restrictions(owner)[1]))
