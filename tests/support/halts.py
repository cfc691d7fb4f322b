"""Stopping money or trading for everybody, as an operator does."""

from trading.brokerage.halt_rows import load_trading_halt, write_trading_halt
from trading.brokerage.halts import HaltScope
from trading.operators.halts import TradingHaltService
from trading.platform.audit import Audit
from trading.platform.clock import SystemClock


def halt_money(*, stopped: bool, scope: HaltScope = HaltScope.MONEY) -> None:
    """Stop money for everybody, or let it move again."""
    service = TradingHaltService(load_trading_halt, write_trading_halt, SystemClock())
    service.set(stopped=stopped, audit=Audit("olga", "because"), scope=scope)
